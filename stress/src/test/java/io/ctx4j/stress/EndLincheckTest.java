package io.ctx4j.stress;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * How a context ends, as seen by whoever cancels, asks and derives: as if one did so after the
 * other.
 *
 * <p>Planted bug, seen as {@code verify} runs it: {@code Node.add(DoneListener)} does not ask
 * whether the node is done.
 */
public class EndLincheckTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Operation
  public boolean cancelWith1() {
    return ctx.cancel(new Why(1));
  }

  @Operation
  public boolean cancelWith2() {
    return ctx.cancel(new Why(2));
  }

  @Operation
  public boolean isDone() {
    return ctx.isDone();
  }

  @Operation
  public int cause() {
    return Why.number(ctx.cause());
  }

  @Operation
  public int causeOfNewChild() {
    return Why.number(ctx.withCancel().cause());
  }

  @Operation
  public int causeForNewCallback() {
    var told = new int[1];
    ctx.onDone(() -> told[0] = Why.number(ctx.cause())).unregister();
    return told[0];
  }

  @Test
  @DisplayName("C1 C3 C4 C5 every interleaving of cancel, ask and derive is one after the other")
  void end_everyInterleaving_isSequential() {
    ModelCheck.check(EndLincheckTest.class, Model.class);
  }

  private static final class Why extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int number;

    Why(int number) {
      super(null, null, false, false);
      this.number = number;
    }

    static int number(@Nullable Throwable cause) {
      return cause instanceof Why why ? why.number : 0;
    }
  }

  /** The same, for one thread. */
  public static final class Model {
    private int cause;

    private boolean cancel(int with) {
      boolean first = cause == 0;
      cause = first ? with : cause;
      return first;
    }

    public boolean cancelWith1() {
      return cancel(1);
    }

    public boolean cancelWith2() {
      return cancel(2);
    }

    public boolean isDone() {
      return cause != 0;
    }

    public int cause() {
      return cause;
    }

    public int causeOfNewChild() {
      return cause;
    }

    public int causeForNewCallback() {
      return cause;
    }
  }
}
