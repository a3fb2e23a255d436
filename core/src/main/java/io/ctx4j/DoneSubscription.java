package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * One subscriber's wait.
 *
 * <pre>
 *   SUBSCRIBING ── onSubscribe returned ──► OPEN ── done, cancel, bad request ──► TERMINATED
 *        ├── bad request ──► BAD ── onSubscribe returned: onError ──► TERMINATED
 *        └── cancel ──► TERMINATED
 * </pre>
 *
 * Whoever moves it out of OPEN signals, so that there is one terminal signal (§1.7); until
 * onSubscribe has returned nothing else is signaled (§1.3, §1.9).
 */
final class DoneSubscription extends DoneListener implements Subscription {
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, DoneSubscription.class, int.class);

  private static final int SUBSCRIBING = 0;
  private static final int BAD = 1;
  private static final int OPEN = 2;
  private static final int TERMINATED = 3;

  private volatile int state = SUBSCRIBING;
  private @Nullable Subscriber<? super Void> subscriber; // dropped when it is over (§3.13)

  DoneSubscription(Subscriber<? super Void> subscriber) {
    this.subscriber = subscriber;
  }

  void subscribe(Ctx ctx) {
    try {
      requireNonNull(subscriber).onSubscribe(this);
    } catch (Throwable e) { // a subscriber that breaks §2.13 counts as canceled
      cancel();
      ForeignCode.report(e);
      return;
    }
    if (STATE.compareAndSet(this, SUBSCRIBING, OPEN)) {
      if (!listen(ctx)) {
        fire(requireNonNull(((Handle) ctx).end()));
      } else if (state == TERMINATED) { // canceled meanwhile: nothing could be taken off yet
        unlisten();
      }
    } else {
      fail(BAD);
    }
  }

  @Override
  protected void onDone(CtxException err) {}

  /** Does not ask for the err, which then need not be made. */
  @Override
  void prepare(Cancellation by) {}

  @Override
  void call(Cancellation by) {
    Subscriber<? super Void> subscriber = this.subscriber;
    if (subscriber != null && leave(OPEN)) {
      subscriber.onComplete();
    }
  }

  @Override
  public void request(long n) {
    if (n <= 0 && !STATE.compareAndSet(this, SUBSCRIBING, BAD)) {
      fail(OPEN);
    }
  }

  private void fail(int from) {
    Subscriber<? super Void> subscriber = this.subscriber;
    if (subscriber == null || !leave(from)) {
      return;
    }
    unlisten();
    try {
      subscriber.onError(
          new IllegalArgumentException("§3.9: a request must be for more than zero"));
    } catch (Throwable e) {
      ForeignCode.report(e);
    }
  }

  private boolean leave(int from) {
    boolean first = STATE.compareAndSet(this, from, TERMINATED);
    if (first) {
      subscriber = null;
    }
    return first;
  }

  @Override
  public void cancel() {
    state = TERMINATED;
    subscriber = null;
    unlisten();
  }
}
