package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each allocation of the library fails once, and with a few after it.
 *
 * <p>Planted bugs, each seen: {@code SystemTime.expireDue} goes on to the next where one had no
 * memory; {@code CallbackWorkers.complete} does not try again; {@code DoneListener.fire} without
 * {@code prepare}; {@code UserTimedNode.expireHere} asks first and makes the marking after it;
 * {@code Handle} without the care for a node whose handle had no room.
 */
@Tag("memory")
class ScarceMemoryTest {
  /** More than any of the uses allocates. */
  private static final int MANY = 500;

  static List<String> uses() {
    return ScarceMemoryUser.uses();
  }

  @AfterEach
  void enough() {
    ScarceMemory.end();
  }

  @ParameterizedTest
  @MethodSource("uses")
  @DisplayName("C40 an allocation that fails, whichever, loses no context and no callback")
  void allocation_anyFails_nothingIsLost(String use) throws Exception {
    Method user = new ScarceMemory()
        .loadClass(ScarceMemoryUser.class.getName())
        .getMethod("use", String.class, Runnable.class);
    assertThat(user.invoke(null, use, (Runnable) () -> {})).isEqualTo("");

    for (int times : new int[] {1, 4}) {
      int nth = 1;
      for (boolean failed = true; failed; nth++) {
        int first = nth;
        Runnable scarce = () -> ScarceMemory.fail(first, times);

        Object wrong = user.invoke(null, use, scarce);

        assertThat(wrong).as("from allocation %d on, %d fail", nth, times).isEqualTo("");
        failed = ScarceMemory.hasFailed();
        ScarceMemory.end();
        assertThat(nth).isLessThan(MANY);
      }
      assertThat(nth).as("how many were tried").isGreaterThan(1);
    }
  }
}
