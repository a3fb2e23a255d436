package io.ctx4j.webflux;

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
      .importUrl(requireNonNull(CtxWebFilter.class.getProtectionDomain().getCodeSource())
          .getLocation());

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(
        ApiTest.class,
        MODULE.stream()
            .filter(type -> type.getPackageName().equals("io.ctx4j.webflux"))
            .map(JavaClass::reflect));
  }

  @Test
  @DisplayName(
      "W1 the module depends on core, the Reactor adapter, Spring without Boot and what it says is optional")
  void dependencies_areDeclared() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.ctx4j",
            "io.ctx4j.reactor",
            "io.ctx4j.spi",
            "io.ctx4j.webflux..",
            "reactor.core..",
            "reactor.util.context",
            "reactor.netty",
            "reactor.netty.channel",
            "reactor.netty.http.client",
            "reactor.netty.http.server",
            "io.netty.channel",
            "io.netty.handler.codec.http",
            "io.netty.util",
            "io.micrometer.observation",
            "jakarta.servlet..",
            "org.springframework..",
            "org.apache.commons.logging",
            "org.reactivestreams",
            "org.jspecify.annotations",
            "java..")
        .check(MODULE);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.springframework.boot..")
        .check(MODULE);
  }

  @Test
  @DisplayName("W1 what is optional stays where it is asked for first")
  void optional_isKeptApart() {
    onlyIn(
        "io.ctx4j.webflux.(NettyChannel|NettyHead|RequestHeader)", "io.netty..", "reactor.netty..");
    onlyIn("io.ctx4j.webflux.ServletResponses", "jakarta.servlet..");
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
