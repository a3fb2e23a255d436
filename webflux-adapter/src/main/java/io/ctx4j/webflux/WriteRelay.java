package io.ctx4j.webflux;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Subscribes to the last that is written, where something came before it, and hands on how that
 * ends.
 */
final class WriteRelay implements CoreSubscriber<Void>, Scannable {
  private static final AtomicReferenceFieldUpdater<WriteRelay, Subscription> WRITING =
      AtomicReferenceFieldUpdater.newUpdater(WriteRelay.class, Subscription.class, "writing");

  private final CoreSubscriber<? super Void> downstream;
  private final Consumer<@Nullable Throwable> end;
  private volatile @Nullable Subscription writing;

  /**
   * Makes one, to be subscribed with.
   *
   * @param end told once how it has ended; null: well
   */
  WriteRelay(CoreSubscriber<? super Void> downstream, Consumer<@Nullable Throwable> end) {
    this.downstream = downstream;
    this.end = end;
  }

  /**
   * At any time, also before there is anything to cancel; what has ended is left alone: Spring has
   * released by then what it could not write, and would do so again, whoever has it now.
   */
  void cancel() {
    Operators.terminate(WRITING, this);
  }

  @Override
  public Context currentContext() {
    return downstream.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.setOnce(WRITING, this, subscription)) {
      subscription.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(Void never) {}

  /** A release, no fence: who cancels beside the end may be first as well. */
  private void over() {
    WRITING.lazySet(this, Operators.cancelledSubscription());
  }

  @Override
  public void onError(Throwable error) {
    over();
    end.accept(error);
  }

  @Override
  public void onComplete() {
    over();
    end.accept(null);
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return writing;
    }
    if (key == Attr.ACTUAL) {
      return downstream;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }
}
