package io.ctx4j.boot;

import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses MODULE = ModuleClasses.of(CtxWebAutoConfiguration.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, MODULE.in("io.ctx4j.boot"));
  }

  @Test
  @DisplayName("W1 the module depends on ctx4j, Spring and what it says is optional")
  void dependencies_areDeclared() {
    MODULE.dependOn(
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
        "java..");
  }

  @Test
  @DisplayName("W1 what is optional stays where it is asked for first")
  void optional_isKeptApart() {
    MODULE.onlyIn(
        "io.ctx4j.boot.(MicrometerMeters|CtxMetricsAutoConfiguration|OutcomeMeters|CtxR2dbcAutoConfiguration|CtxGrpcServerAutoConfiguration)",
        "io.micrometer..");
    MODULE.onlyIn(
        "io.ctx4j.boot.CtxR2dbc(Transaction)?AutoConfiguration",
        "io.ctx4j.r2dbc",
        "io.r2dbc..",
        "org.springframework.r2dbc..");
    MODULE.onlyIn(
        "io.ctx4j.boot.(ProxiedCalls|CtxGatewayAutoConfiguration)",
        "org.springframework.cloud..",
        "io.netty..",
        "reactor.netty..");
    MODULE.onlyIn(
        "io.ctx4j.boot.CtxGrpc(Shutdown|ServerAutoConfiguration|ClientAutoConfiguration)",
        "io.ctx4j.grpc..",
        "org.springframework.grpc..",
        "org.springframework.boot.grpc..");
    MODULE.onlyIn(
        "io.ctx4j.boot.(CtxEndpoint|CtxActuatorAutoConfiguration)",
        "org.springframework.boot.actuate..");
  }

  @Test
  @DisplayName("W4 nothing is printed, and nothing is logged but by Spring's logging")
  void output_isLogging() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MODULE.all());
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MODULE.all());
  }
}
