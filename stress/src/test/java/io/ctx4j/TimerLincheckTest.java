package io.ctx4j;

import io.ctx4j.stress.ModelCheck;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The deadlines that the system's timer waits for: as a set of which the due ones are taken off.
 *
 * <p>Without its thread, in whose place stands one that is never started: what that does with the wheel,
 * {@code advance}, is a call here.
 *
 * <p>Planted bugs, seen as {@code verify} runs it: {@code SystemTime.add} without the monitor; {@code
 * remove} that does not ask whether the entry stands in its list. With {@code -Dctx4j.scenarios=20}: {@code
 * remove} without the monitor, or which leaves the later neighbor linked to what is gone.
 */
@Param(name = "entry", gen = IntGen.class, conf = "0:2")
public class TimerLincheckTest {
  /** In the first list, some levels up, and beside that. */
  private static final long[] SECONDS = {1, 3_600, 3_601};

  private static final Field THREAD;

  static {
    try {
      THREAD = SystemTime.class.getDeclaredField("thread");
      THREAD.setAccessible(true);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SystemTime time;
  private final TimedNode[] entries = new TimedNode[SECONDS.length];

  public TimerLincheckTest() throws ReflectiveOperationException {
    time = new SystemTime(System.nanoTime());
    THREAD.set(time, new Thread(() -> {}));
    for (int i = 0; i < SECONDS.length; i++) {
      entries[i] =
          new TimedNode(DeadlinePath.after(Handle.BACKGROUND.path, Duration.ofSeconds(SECONDS[i])));
    }
  }

  @Operation(runOnce = true)
  public void add0() {
    time.add(entries[0]);
  }

  @Operation(runOnce = true)
  public void add1() {
    time.add(entries[1]);
  }

  @Operation(runOnce = true)
  public void add2() {
    time.add(entries[2]);
  }

  @Operation
  public boolean remove(@Param(name = "entry") int i) {
    return time.remove(entries[i]);
  }

  /** The wheel is put where all are due, and so are those that come later. */
  @Operation
  public String expire() {
    List<TimedNode> due = new ArrayList<>();
    synchronized (time) {
      TimedNode next = time.wheel.advance(Long.MAX_VALUE >> 20);
      for (TimedNode entry = next; entry != null; entry = next) {
        due.add(entry);
        next = entry.later;
        entry.later = null;
      }
    }
    var numbers = new TreeSet<Integer>();
    for (int i = 0; i < entries.length; i++) {
      if (due.contains(entries[i])) {
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
