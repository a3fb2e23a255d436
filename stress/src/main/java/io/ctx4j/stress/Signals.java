package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * A subscriber that writes down what it receives, and "overlap" where a signal comes while another
 * thread's is being taken (§1.3), before onSubscribe (§1.9) or after the end (§1.7).
 */
class Signals implements CoreSubscriber<Object> {
  private final StringBuilder received = new StringBuilder();
  private final AtomicInteger discarded = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private final Context context = Context.of(
      "reactor.onDiscard.local",
      (Consumer<Object>) element -> discarded.incrementAndGet(),
      "reactor.onErrorDropped.local",
      (Consumer<Throwable>) error -> dropped.incrementAndGet());

  private @Nullable Thread inside;
  private @Nullable Subscription subscription;
  private boolean ended;

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    synchronized (this) {
      if (this.subscription != null || ended || inside != null) {
        received.append("overlap ");
      }
      this.subscription = subscription;
      inside = Thread.currentThread();
    }
    subscribed(subscription);
    leave();
  }

  /** What this does in onSubscribe. */
  void subscribed(Subscription subscription) {}

  @Override
  public void onNext(Object element) {
    boolean outer = enter(String.valueOf(element));
    for (int i = 0; i < 10; i++) { // there is something to be done with an element
      Thread.onSpinWait();
    }
    if (outer) {
      leave();
    }
  }

  @Override
  public void onError(Throwable error) {
    end(error instanceof CtxException ? "context" : "error");
  }

  @Override
  public void onComplete() {
    end("complete");
  }

  private void end(String how) {
    boolean outer = enter(how);
    synchronized (this) {
      ended = true;
    }
    if (outer) {
      leave();
    }
  }

  private synchronized boolean enter(String signal) {
    if (subscription == null || ended || (inside != null && inside != Thread.currentThread())) {
      received.append("overlap ");
    }
    received.append(signal).append(' ');
    boolean outer = inside == null;
    inside = Thread.currentThread();
    return outer;
  }

  private synchronized void leave() {
    if (inside == Thread.currentThread()) {
      inside = null;
    }
  }

  /**
   * Waits in onSubscribe for the context to become done, but not for ever: lets the other actor in.
   */
  static void linger(Ctx ctx) {
    int left = 200;
    while (left > 0) {
      left = Math.min(left - 1, ctx.isDone() ? 50 : left);
      Thread.onSpinWait();
    }
  }

  /**
   * Requests from within onSubscribe; from then on others may signal, as the stock operators do.
   */
  final void request(Subscription subscription) {
    leave();
    subscription.request(1);
  }

  synchronized Subscription subscription() {
    return requireNonNull(subscription);
  }

  synchronized boolean isSubscribed() {
    return subscription != null;
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  /** All signals but onSubscribe, in their order; "nothing" for none. */
  synchronized String received() {
    return received.length() == 0 ? "nothing" : received.toString().trim();
  }

  /** The same, and waits for the end: it may be signaled a moment later, by the timer's recheck. */
  String receivedWhenEnded() {
    long begin = System.nanoTime();
    while (!hasEnded() && System.nanoTime() - begin < 10_000_000_000L) {
      Thread.onSpinWait();
    }
    return received();
  }

  int discarded() {
    return discarded.get();
  }

  int dropped() {
    return dropped.get();
  }
}
