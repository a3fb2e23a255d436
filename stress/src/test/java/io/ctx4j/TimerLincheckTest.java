package io.ctx4j;

import io.ctx4j.stress.ModelCheck;
import java.time.Duration;
import java.util.TreeSet;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The deadlines that the system's timer waits for: as a set of which the due ones are taken off.
 *
 * <p>Without its thread, in whose place stands one that is never started: what that does with the
 * wheel, {@code advance}, is a call here.
 *
 * <p>Planted bugs, seen as {@code verify} runs it: {@code TimerStripe.add} without the monitor;
 * {@code remove} that does not ask whether the entry stands in its list. With
 * {@code -Dctx4j.scenarios=20}: {@code remove} without the monitor, or which leaves the later
 * neighbor linked to what is gone.
 */
@Param(name = "entry", gen = IntGen.class, conf = "0:2")
public class TimerLincheckTest {
  /** In the first list, some levels up, and beside that. */
  private static final Duration[] TIMEOUTS = {
    Duration.ofSeconds(1), Duration.ofSeconds(3_600), Duration.ofSeconds(3_601)
  };

  private final IdleTimer timer = new IdleTimer(1, TIMEOUTS);

  @Operation(runOnce = true)
  public void add0() {
    timer.add(0);
  }

  @Operation(runOnce = true)
  public void add1() {
    timer.add(1);
  }

  @Operation(runOnce = true)
  public void add2() {
    timer.add(2);
  }

  @Operation
  public boolean remove(@Param(name = "entry") int i) {
    return timer.remove(i);
  }

  /** The wheel is put where all are due, and so are those that come later. */
  @Operation
  public String expire() {
    boolean[] due = timer.takeAll();
    var numbers = new TreeSet<Integer>();
    for (int i = 0; i < due.length; i++) {
      if (due[i]) {
        numbers.add(i);
      }
    }
    return numbers.toString();
  }

  @Test
  @DisplayName(
      "C19 C20 C25 the timer's wheel is a set: nothing is lost, taken off twice or due twice")
  void wheel_everyInterleaving_isASet() {
    ModelCheck.check(TimerLincheckTest.class, Model.class);
  }

  /** The set. */
  public static final class Model {
    private final TreeSet<Integer> waiting = new TreeSet<>();

    public void add0() {
      waiting.add(0);
    }

    public void add1() {
      waiting.add(1);
    }

    public void add2() {
      waiting.add(2);
    }

    public boolean remove(int i) {
      return waiting.remove(i);
    }

    public String expire() {
      var due = waiting.toString();
      waiting.clear();
      return due;
    }
  }
}
