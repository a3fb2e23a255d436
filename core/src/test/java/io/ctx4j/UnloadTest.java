package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Fork;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a web application can be undeployed that used the library of its server. */
@Tag("process")
class UnloadTest {
  @ParameterizedTest(name = "ctx4j.debug={0}")
  @ValueSource(strings = {"false", "true", "sample"})
  @DisplayName(
      "C20 C39 neither threads nor what is watched keep a class loader, its values or its callbacks")
  void guest_gone_isUnloadedWhileTheThreadsLive(String debug) {
    assertThat(Fork.run(UnloadMain.class, "-Dctx4j.debug=" + debug))
        .containsExactly("guest ran true", "threads alive true", "guest collected true");
  }
}
