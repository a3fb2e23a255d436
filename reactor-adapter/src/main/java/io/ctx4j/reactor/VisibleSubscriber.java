package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** A subscription of {@link Visible}: passes everything on, in both directions. */
class VisibleSubscriber<T> implements CoreSubscriber<T>, QueueSubscription<T>, Scannable {
  private final CoreSubscriber<? super T> downstream;

  /** As in {@link BindSubscriber}. */
  private CtxContext context;

  /** Not for a Mono (R9). */
  private final boolean fuses;

  private @Nullable Subscription upstream;
  private QueueSubscription<T> queue = empty();

  private VisibleSubscriber(CoreSubscriber<? super T> downstream, Ctx ctx, boolean fuses) {
    this.downstream = downstream;
    this.fuses = fuses;
    this.context = CtxContext.of(downstream.currentContext(), ctx);
  }

  @SuppressWarnings("unchecked")
  static <T> VisibleSubscriber<T> ofFlux(CoreSubscriber<? super T> downstream, Ctx ctx) {
    return downstream instanceof ConditionalSubscriber
        ? new Conditional<>((ConditionalSubscriber<? super T>) downstream, ctx)
        : new VisibleSubscriber<>(downstream, ctx, true);
  }

  static <T> VisibleSubscriber<T> ofMono(CoreSubscriber<? super T> downstream, Ctx ctx) {
    return new VisibleSubscriber<>(downstream, ctx, false);
  }

  @SuppressWarnings("unchecked") // it has nothing of any type
  private static <T> QueueSubscription<T> empty() {
    return (QueueSubscription<T>) Operators.emptySubscription();
  }

  @Override
  public final Context currentContext() {
    CtxContext seen = context;
    Context below = downstream.currentContext();
    if (!seen.isOver(below)) {
      seen = CtxContext.of(below, seen.ctx());
      context = seen;
    }
    return seen;
  }

  @Override
  @SuppressWarnings("unchecked")
  public final void onSubscribe(Subscription subscription) {
    if (!Operators.validate(upstream, subscription)) {
      return;
    }
    upstream = subscription;
    if (fuses && subscription instanceof QueueSubscription) {
      queue = (QueueSubscription<T>) subscription;
    }
    downstream.onSubscribe(this);
  }

  private Subscription upstream() {
    return requireNonNull(upstream);
  }

  @Override
  public final void onNext(T element) {
    downstream.onNext(element);
  }

  @Override
  public final void onError(Throwable error) {
    downstream.onError(error);
  }

  @Override
  public final void onComplete() {
    downstream.onComplete();
  }

  @Override
  public final void request(long n) {
    upstream().request(n);
  }

  @Override
  public final void cancel() {
    upstream().cancel();
  }

  @Override
  public final int requestFusion(int requestedMode) {
    return queue.requestFusion(requestedMode);
  }

  @Override
  public final @Nullable T poll() {
    return queue.poll();
  }

  @Override
  public final boolean isEmpty() {
    return queue.isEmpty();
  }

  @Override
  public final int size() {
    return queue.size();
  }

  @Override
  public final void clear() {
    queue.clear();
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public final @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return upstream;
    }
    if (key == Attr.ACTUAL) {
      return downstream;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }

  /** One whose downstream says of each element whether it counts against the demand. */
  private static final class Conditional<T> extends VisibleSubscriber<T>
      implements ConditionalSubscriber<T> {
    private final ConditionalSubscriber<? super T> downstream;

    Conditional(ConditionalSubscriber<? super T> downstream, Ctx ctx) {
      super(downstream, ctx, true);
      this.downstream = downstream;
    }

    @Override
    public boolean tryOnNext(T element) {
      return downstream.tryOnNext(element);
    }
  }
}
