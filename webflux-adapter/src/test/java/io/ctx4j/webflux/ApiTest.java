package io.ctx4j.webflux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses MODULE = ModuleClasses.of(CtxWebFilter.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, MODULE.in("io.ctx4j.webflux"));
  }

  @Test
  @DisplayName(
      "W1 the module depends on core, the Reactor adapter, Spring without Boot and what it says is optional")
  void dependencies_areDeclared() {
    MODULE.dependOn(
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
        "java..");
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.springframework.boot..")
        .check(MODULE.all());
  }

  @Test
  @DisplayName("W1 what is optional stays where it is asked for first")
  void optional_isKeptApart() {
    MODULE.onlyIn(
        "io.ctx4j.webflux.(NettyOperations|NettyHead|RequestHeader)",
        "io.netty..",
        "reactor.netty..");
    MODULE.onlyIn("io.ctx4j.webflux.ServletResponses", "jakarta.servlet..");
  }

  @Test
  @DisplayName("W4 nothing is printed, and nothing is logged but by Spring's logging")
  void output_isLogging() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE.all());
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MODULE.all());
  }
}
