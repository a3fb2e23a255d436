package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;

/**
 * The profiles reactor-3.6 and reactor-3.7 run all tests of this module on what they say, compiled
 * against the newest.
 */
class VersionTest {
  private static final String EXPECTED = System.getProperty("ctx4j.test.reactor", "3.8");

  @Test
  @DisplayName("R20 the tests run on the version that the profile says")
  void version_isTheProfiles() {
    assertThat(Flux.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .contains("reactor-core-" + EXPECTED + ".");
  }

  @Test
  @DisplayName("R20 whether context propagation is on is found out on each version")
  void propagation_isFoundOut() {
    assertThat(restored()).doesNotContain("contextWrite");
    Hooks.enableAutomaticContextPropagation();
    try {
      assertThat(restored()).anyMatch(step -> step.startsWith("contextWrite"));
    } finally {
      Hooks.disableAutomaticContextPropagation();
    }
    assertThat(restored()).doesNotContain("contextWrite");
  }

  private static java.util.List<String> restored() {
    Publisher<Integer> source = ThreadLocals.restored(Flux.range(1, 2).hide());
    return Scannable.from(source).steps().toList();
  }
}
