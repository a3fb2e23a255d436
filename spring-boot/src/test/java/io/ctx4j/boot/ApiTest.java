package io.ctx4j.boot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static java.util.Objects.requireNonNull;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final JavaClasses MODULE = new ClassFileImporter()
      .importUrl(
          requireNonNull(CtxWebAutoConfiguration.class.getProtectionDomain().getCodeSource())
              .getLocation());

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, MODULE.stream().map(JavaClass::reflect));
  }

  @Test
  @DisplayName("W1 the module depends on ctx4j, Spring and what it says is optional")
  void dependencies_areDeclared() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.ctx4j",
            "io.ctx4j.boot",
            "io.ctx4j.grpc..",
            "io.ctx4j.r2dbc",
            "io.ctx4j.webflux..",
            "io.ctx4j.reactor",
            "io.micrometer.core.instrument",
            "io.netty.handler.codec.http",
            "io.r2dbc.spi",
            "reactor.netty..",
            "org.apache.commons.logging",
            "org.springframework..",
            "org.jspecify.annotations",
            "java..")
        .check(MODULE);
  }

  @Test
  @DisplayName("W1 what is optional stays where it is asked for first")
  void optional_isKeptApart() {
    onlyIn(
        "io.ctx4j.boot.(MicrometerMeters|CtxMetricsAutoConfiguration|OutcomeMeters|CtxR2dbcAutoConfiguration|CtxGrpcServerAutoConfiguration)",
        "io.micrometer..");
    onlyIn(
        "io.ctx4j.boot.CtxR2dbc(Transaction)?AutoConfiguration",
        "io.ctx4j.r2dbc",
        "io.r2dbc..",
        "org.springframework.r2dbc..");
    onlyIn(
        "io.ctx4j.boot.(ProxiedCalls|CtxGatewayAutoConfiguration)",
        "org.springframework.cloud..",
        "io.netty..",
        "reactor.netty..");
    onlyIn(
        "io.ctx4j.boot.CtxGrpc(Shutdown|ServerAutoConfiguration|ClientAutoConfiguration)",
        "io.ctx4j.grpc..",
        "org.springframework.grpc..",
        "org.springframework.boot.grpc..");
    onlyIn(
        "io.ctx4j.boot.(CtxEndpoint|CtxActuatorAutoConfiguration)",
        "org.springframework.boot.actuate..");
  }

  private static void onlyIn(String classes, String... packages) {
    noClasses()
        .that()
        .haveNameNotMatching(classes + "(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .check(MODULE);
  }

  @Test
  @DisplayName("W4 nothing is printed, and nothing is logged but by Spring's logging")
  void output_isLogging() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MODULE);
  }
}
