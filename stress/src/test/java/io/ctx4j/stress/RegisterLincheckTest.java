package io.ctx4j.stress;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What stands in a context's register, after every interleaving of what puts it in and takes it
 * off.
 *
 * <p>The calls answer nothing, because between the marking and the callbacks an answer tells of
 * both (C6, C27): the model has nothing to say, and what must hold is looked at in the end. That
 * they all return is checked as well: a deadlock has a trace.
 *
 * <p>Planted bugs, seen as {@code verify} runs it: either {@code Node.add}, or {@code removeChild},
 * without the monitor; {@code add} that does not ask whether the node is done, or asks before it
 * enters. With {@code -Dctx4j.scenarios=20}: {@code markLeaf} without the monitor,
 * {@code add(ParentLink)} on a done node, {@code DoneListener.deregister} and {@code leave} that
 * are always the first.
 */
@SuppressWarnings({"CheckReturnValue", "UnusedMethod"}) // dropped on purpose; Lincheck calls them
public class RegisterLincheckTest {
  private final Clock time = new Clock();
  private final CancelCtx ctx = Ctx.root(time).withCancel();
  private final CancelCtx other = Ctx.background().withCancel();
  private final CancelCtx child = ctx.withCancel();
  private final List<Told> registered = new ArrayList<>();
  private final List<Told> registeredOnChild = new ArrayList<>();
  private final List<Ctx> derived = new ArrayList<>();
  private final List<Ctx> merged = new ArrayList<>();
  private final Told early = register(ctx);

  /** A callback, how often it was started, and how often it was taken off. */
  private static final class Told implements Runnable {
    final AtomicInteger started = new AtomicInteger();
    final AtomicInteger taken = new AtomicInteger();
    Ctx.Registration registration = () -> false;

    @Override
    public void run() {
      started.incrementAndGet();
    }

    void unregister() {
      if (registration.unregister()) {
        taken.incrementAndGet();
      }
    }
  }

  private static Told register(Ctx on) {
    var told = new Told();
    told.registration = on.onDone(told);
    return told;
  }

  private static <T> void keep(List<T> all, T made) {
    synchronized (all) {
      all.add(made);
    }
  }

  @Operation
  public void register() {
    keep(registered, register(ctx));
  }

  /** On a leaf, whose cancellation goes the short way. */
  @Operation
  public void registerOnChild() {
    keep(registeredOnChild, register(child));
  }

  @Operation
  public void unregister() {
    early.unregister();
  }

  @Operation
  public void derive() {
    keep(derived, ctx.withCancel());
  }

  @Operation
  public void deriveTimed() {
    keep(derived, ctx.withTimeout(Duration.ofHours(1)));
  }

  @Operation
  public void merge() {
    keep(merged, Ctx.merge(other, ctx));
  }

  @Operation(runOnce = true)
  public void cancelChild() {
    child.cancel();
  }

  @Operation(runOnce = true)
  public void cancelOther() {
    other.cancel();
  }

  @Operation(runOnce = true)
  public void cancel() {
    ctx.cancel();
  }

  /** After all of it. */
  @Validate
  public void validate() {
    boolean done = ctx.isDone();
    check(early.started.get() + early.taken.get() <= 1, "both, or twice");
    check(!done || early.started.get() + early.taken.get() == 1, "neither");
    for (Told told : registered) {
      check(told.started.get() == (done ? 1 : 0), "not once");
    }
    for (Told told : registeredOnChild) {
      check(told.started.get() == (child.isDone() ? 1 : 0), "not once below");
    }
    int armed = 0;
    for (Ctx made : derived) {
      check(!done || made.isDone(), "live below a done one");
      armed += !made.isDone() && made.deadline() != null ? 1 : 0;
    }
    for (Ctx made : merged) {
      check(made.isDone() == (done || other.isDone()), "one parent is done and it is not");
      check(
          !made.isDone() || made.err() == ctx.err() || made.err() == other.err(),
          "an err of neither parent");
    }
    check(!done || child.isDone(), "child is live");
    check(time.armed.get() == armed, "timers");
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  /** Stands still, and counts what waits. */
  private static final class Clock implements TimeSource {
    final AtomicInteger armed = new AtomicInteger();

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      armed.incrementAndGet();
      var waits = new AtomicInteger(1);
      return () -> {
        boolean first = waits.compareAndSet(1, 0);
        if (first) {
          armed.decrementAndGet();
        }
        return first;
      };
    }
  }

  @Test
  @DisplayName(
      "C5 C6 C24 C25 C27 C35 no interleaving leaves a context live, a callback lost or a timer armed")
  void register_everyInterleaving_isWhole() {
    ModelCheck.check(RegisterLincheckTest.class, Model.class);
  }

  /** Answers nothing, as the calls do. */
  public static final class Model {
    public void register() {}

    public void registerOnChild() {}

    public void unregister() {}

    public void derive() {}

    public void deriveTimed() {}

    public void merge() {}

    public void cancelChild() {}

    public void cancelOther() {}

    public void cancel() {}
  }
}
