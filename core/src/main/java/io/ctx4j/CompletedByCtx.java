package io.ctx4j;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A future that a context completes, and holds no more than it has to.
 *
 * <pre>
 *   ctx ──► Signal ┈┈ weak ┈┈► this ──► what depends on it    (the JDK's, downstream only)
 *              └── if pinned ──► ▲
 *                                └── Hold ◄── each that was derived from it, until this is complete
 * </pre>
 *
 * So one that nobody holds, nor anything derived from it, can go with all that hangs on it, and who
 * waits for something derived is told all the same. What is left of one that is gone is taken off
 * when the next one is made.
 *
 * <p>All of it is untied once this is complete, whoever completed it: its first dependent sees to
 * that.
 */
abstract class CompletedByCtx<T extends @Nullable Object> extends CompletableFuture<T> {
  private static final ReferenceQueue<CompletedByCtx<?>> GONE = new ReferenceQueue<>();

  private final Signal signal = new Signal(this);
  private final Hold hold = new Hold(this);

  /** The context is done: completes this. */
  abstract void onDone(CtxException err);

  /** Called once this is complete. */
  void completed() {}

  /** False: the context is done. */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for that
  final boolean listen(Ctx ctx) {
    for (Reference<?> gone = GONE.poll(); gone != null; gone = GONE.poll()) {
      ((Target) gone).signal.stop();
    }
    if (!signal.start(ctx)) {
      return false;
    }
    allOf(this).whenComplete((value, error) -> { // derives nothing from this
      signal.stop();
      hold.future = null;
      completed();
    });
    return true;
  }

  /** What depends on this is to be told even if nobody holds it: from here on the context does. */
  final void pin() {
    if (!isDone()) {
      signal.pinned = this;
    }
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new Derived<>(hold);
  }

  /** Of a class of the JDK's, which holds nothing. */
  @Override
  public CompletionStage<T> minimalCompletionStage() {
    pin();
    return super.minimalCompletionStage();
  }

  /** What stands in the context's register. */
  private static final class Signal extends DoneListener {
    private final Target target;

    @SuppressWarnings("UnusedVariable") // held
    private volatile @Nullable CompletedByCtx<?> pinned;

    Signal(CompletedByCtx<?> future) {
      this.target = new Target(future, this);
    }

    boolean start(Ctx ctx) {
      return listen(ctx);
    }

    void stop() {
      unlisten();
      pinned = null;
    }

    @Override
    protected void onDone(CtxException err) {
      CompletedByCtx<?> future = target.get();
      if (future != null) {
        future.onDone(err);
      }
    }
  }

  private static final class Target extends WeakReference<CompletedByCtx<?>> {
    private final Signal signal;

    Target(CompletedByCtx<?> future, Signal signal) {
      super(future, GONE);
      this.signal = signal;
    }
  }

  /** Lets go of the future, and of its value, as soon as that is complete. */
  private static final class Hold {
    private volatile @Nullable CompletedByCtx<?> future;

    Hold(CompletedByCtx<?> future) {
      this.future = future;
    }
  }

  private static final class Derived<T extends @Nullable Object> extends CompletableFuture<T> {
    private final Hold hold;

    Derived(Hold hold) {
      this.hold = hold;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new Derived<>(hold);
    }

    @Override
    public CompletionStage<T> minimalCompletionStage() {
      CompletedByCtx<?> future = hold.future;
      if (future != null) {
        future.pin();
      }
      return super.minimalCompletionStage();
    }
  }
}
