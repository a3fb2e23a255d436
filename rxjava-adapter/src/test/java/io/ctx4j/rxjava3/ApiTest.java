package io.ctx4j.rxjava3;

import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses ADAPTER = ModuleClasses.of(RxCtxOps.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, ADAPTER.in("io.ctx4j.rxjava3"));
  }

  @Test
  @DisplayName(
      "§1 the adapter depends on core, RxJava and the JDK alone, and on no internals of theirs")
  void dependencies_areCoreAndRxJava() {
    ADAPTER.dependOn(
        "io.ctx4j",
        "io.ctx4j.spi",
        "io.ctx4j.rxjava3",
        "io.reactivex.rxjava3.annotations",
        "io.reactivex.rxjava3.core",
        "io.reactivex.rxjava3.disposables",
        "io.reactivex.rxjava3.exceptions",
        "io.reactivex.rxjava3.operators",
        "io.reactivex.rxjava3.plugins",
        "io.reactivex.rxjava3.schedulers",
        "org.reactivestreams",
        "org.jspecify.annotations",
        "java..");
  }
}
