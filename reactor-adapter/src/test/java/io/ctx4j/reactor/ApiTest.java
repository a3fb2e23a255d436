package io.ctx4j.reactor;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Objects.requireNonNull;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final JavaClasses ADAPTER = new ClassFileImporter()
      .importUrl(
          requireNonNull(CtxOps.class.getProtectionDomain().getCodeSource()).getLocation());

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.stream().map(JavaClass::reflect));
  }

  @Test
  @DisplayName(
      "§1 the adapter depends on core, Reactor, Micrometer and the JDK alone, and on no internals of theirs")
  void dependencies_areCoreAndReactor() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
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
            "java..")
        .check(ADAPTER);
  }

  @Test
  @DisplayName("§1 without Micrometer's context-propagation nothing is missing but its accessor")
  void micrometer_isTheAccessorsAlone() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(CtxThreadLocalAccessor.class)
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.micrometer..").or(belongToAnyOf(CtxThreadLocalAccessor.class)))
        .check(ADAPTER);
  }
}
