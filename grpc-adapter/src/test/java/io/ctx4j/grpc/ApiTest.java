package io.ctx4j.grpc;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses ADAPTER = ModuleClasses.of(CtxGrpc.class);

  @Test
  @DisplayName("§8 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.in("io.ctx4j.grpc", "io.ctx4j.grpc.spi"));
  }

  @Test
  @DisplayName("§8 the adapter depends on core, gRPC's API and stubs, and the JDK alone")
  void dependencies_areCoreAndGrpc() {
    ADAPTER.dependOn(
        "io.ctx4j",
        "io.ctx4j.grpc..",
        "io.grpc",
        "io.grpc.stub",
        "org.jspecify.annotations",
        "java..");
  }
}
