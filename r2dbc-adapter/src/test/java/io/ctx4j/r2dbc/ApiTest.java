package io.ctx4j.r2dbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static java.util.Objects.requireNonNull;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.ctx4j.testing.PublicApi;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final JavaClasses ADAPTER = new ClassFileImporter()
      .importUrl(requireNonNull(CtxConnectionFactory.class.getProtectionDomain().getCodeSource())
          .getLocation());

  private static final String[] DEPENDENCIES = {
    "io.ctx4j",
    "io.ctx4j.spi",
    "io.ctx4j.reactor",
    "io.ctx4j.r2dbc",
    "io.r2dbc.spi",
    "reactor.core",
    "reactor.core.publisher",
    "reactor.util",
    "reactor.util.context",
    "org.reactivestreams",
    "org.jspecify.annotations",
    "java.."
  };

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() throws IOException {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.stream().map(JavaClass::reflect));
  }

  @Test
  @DisplayName("§1 the adapter depends on our other modules, Reactor, the SPI and the JDK alone")
  void dependencies_areReactorAndTheSpi() {
    classes()
        .that()
        .doNotHaveSimpleName("PostgresCanceler")
        .and()
        .haveNameNotMatching(".*CtxTransactionManager.*")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(DEPENDENCIES)
        .check(ADAPTER);
  }

  @Test
  @DisplayName(
      "§1 one class knows PostgreSQL's driver, and one Spring's transactions: neither has to be there")
  void optionalDependencies_areOneClassEach() {
    classes()
        .that()
        .haveSimpleName("PostgresCanceler")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(with("io.r2dbc.postgresql.api"))
        .check(ADAPTER);
    classes()
        .that()
        .haveNameMatching(".*CtxTransactionManager.*")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(with("org.springframework.transaction"))
        .check(ADAPTER);
  }

  private static String[] with(String optional) {
    return Stream.concat(Arrays.stream(DEPENDENCIES), Stream.of(optional)).toArray(String[]::new);
  }
}
