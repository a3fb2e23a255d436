package io.ctx4j.grpc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
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
          requireNonNull(CtxGrpc.class.getProtectionDomain().getCodeSource()).getLocation());

  @Test
  @DisplayName("§8 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.stream().map(JavaClass::reflect));
  }

  @Test
  @DisplayName("§8 the adapter depends on core, gRPC's API and stubs, and the JDK alone")
  void dependencies_areCoreAndGrpc() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.ctx4j",
            "io.ctx4j.grpc..",
            "io.grpc",
            "io.grpc.stub",
            "org.jspecify.annotations",
            "java..")
        .check(ADAPTER);
  }
}
