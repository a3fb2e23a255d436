package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Fork;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is said of contexts that operators make, and of those that they were given: nothing.
 *
 * <p>Planted bug, seen: a scalar source does not close its child.
 */
@Tag("process")
class LostTest {
  @Test
  @DisplayName(
      "C39 R11 no context that an operator has made, or was given and still holds, is reported as lost")
  void operators_debug_loseNone() {
    // in a JVM of its own, because the property is read once
    assertThat(Fork.run(LostMain.class, "-Dctx4j.debug=true"))
        .filteredOn(line -> line.startsWith("lost "))
        .containsExactly("lost LostMain.dropsFirst", "lost LostMain.dropsLast");
  }
}
