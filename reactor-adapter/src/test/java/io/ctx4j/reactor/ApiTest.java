package io.ctx4j.reactor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses ADAPTER = ModuleClasses.of(CtxOps.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.in("io.ctx4j.reactor"));
  }

  @Test
  @DisplayName(
      "§1 the adapter depends on core, Reactor, Micrometer and the JDK alone, and on no internals of theirs")
  void dependencies_areCoreAndReactor() {
    ADAPTER.dependOn(
        "io.ctx4j",
        "io.ctx4j.spi",
        "io.ctx4j.reactor",
        "reactor.core",
        "reactor.core.publisher",
        "reactor.core.scheduler",
        "reactor.util.context",
        "reactor.util.retry",
        "io.micrometer.context",
        "org.reactivestreams",
        "org.jspecify.annotations",
        "java..");
  }

  @Test
  @DisplayName("§1 without Micrometer's context-propagation nothing is missing but its accessor")
  void micrometer_isTheAccessorsAlone() {
    ADAPTER.onlyIn("io.ctx4j.reactor.CtxThreadLocalAccessor", "io.micrometer..");
    noClasses()
        .that()
        .doNotBelongToAnyOf(CtxThreadLocalAccessor.class)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(CtxThreadLocalAccessor.class)
        .check(ADAPTER.all());
  }
}
