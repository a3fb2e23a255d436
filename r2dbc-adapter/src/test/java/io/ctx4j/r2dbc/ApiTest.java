package io.ctx4j.r2dbc;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses ADAPTER = ModuleClasses.of(CtxConnectionFactory.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.in("io.ctx4j.r2dbc"));
  }

  @Test
  @DisplayName(
      "§1 the adapter depends on our other modules, Reactor, the SPI, the JDK and what is optional")
  void dependencies_areReactorAndTheSpi() {
    ADAPTER.dependOn(
        "io.ctx4j",
        "io.ctx4j.spi",
        "io.ctx4j.reactor",
        "io.ctx4j.r2dbc",
        "io.r2dbc.spi",
        "io.r2dbc.postgresql.api",
        "reactor.core",
        "reactor.core.publisher",
        "reactor.util",
        "reactor.util.context",
        "org.reactivestreams",
        "org.springframework.transaction..",
        "org.jspecify.annotations",
        "java..");
  }

  @Test
  @DisplayName(
      "§1 one class knows PostgreSQL's driver, and those of transactions Spring: neither has to be there")
  void optionalDependencies_areOneClassEach() {
    ADAPTER.onlyIn("io.ctx4j.r2dbc.PostgresCanceler", "io.r2dbc.postgresql..");
    ADAPTER.onlyIn(
        "io.ctx4j.r2dbc.(CtxTransactionManager|TransactionHandover)", "org.springframework..");
  }
}
