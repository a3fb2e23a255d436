package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.CompletableObserver;
import io.reactivex.rxjava3.core.CompletableSource;
import io.reactivex.rxjava3.core.CompletableTransformer;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.FlowableTransformer;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.MaybeObserver;
import io.reactivex.rxjava3.core.MaybeSource;
import io.reactivex.rxjava3.core.MaybeTransformer;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.ObservableSource;
import io.reactivex.rxjava3.core.ObservableTransformer;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.core.SingleObserver;
import io.reactivex.rxjava3.core.SingleSource;
import io.reactivex.rxjava3.core.SingleTransformer;
import io.reactivex.rxjava3.operators.ScalarSupplier;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * Binds what it is composed into to a context: made by {@link RxCtxOps}, fits all five types.
 *
 * <p>Immutable; one instance may serve any number of streams. The operators it assembles go through
 * RxJava's assembly and subscription hooks.
 */
public final class CtxTransformer<T>
    implements FlowableTransformer<T, T>,
        ObservableTransformer<T, T>,
        SingleTransformer<T, T>,
        MaybeTransformer<T, T>,
        CompletableTransformer {
  private final Ctx ctx;

  /** Not null: each subscription is bound to a child of the context with this timeout. */
  private final @Nullable Duration timeout;

  CtxTransformer(Ctx ctx, @Nullable Duration timeout) {
    this.ctx = ctx;
    this.timeout = timeout;
  }

  @Override
  public Publisher<T> apply(Flowable<T> upstream) {
    requireNonNull(upstream, "upstream");
    return isNeverDone() ? upstream : RxJavaPlugins.onAssembly(new BoundFlowable<>(upstream, this));
  }

  @Override
  public ObservableSource<T> apply(Observable<T> upstream) {
    requireNonNull(upstream, "upstream");
    return isNeverDone()
        ? upstream
        : RxJavaPlugins.onAssembly(new BoundObservable<>(upstream, this));
  }

  @Override
  public SingleSource<T> apply(Single<T> upstream) {
    requireNonNull(upstream, "upstream");
    return isNeverDone() ? upstream : RxJavaPlugins.onAssembly(new BoundSingle<>(upstream, this));
  }

  @Override
  public MaybeSource<T> apply(Maybe<T> upstream) {
    requireNonNull(upstream, "upstream");
    return isNeverDone() ? upstream : RxJavaPlugins.onAssembly(new BoundMaybe<>(upstream, this));
  }

  @Override
  public CompletableSource apply(Completable upstream) {
    requireNonNull(upstream, "upstream");
    return isNeverDone()
        ? upstream
        : RxJavaPlugins.onAssembly(new BoundCompletable(upstream, this));
  }

  private boolean isNeverDone() {
    return timeout == null && !ctx.isCancelable();
  }

  /**
   * Whether there is nothing to cut while the context is live: one value, ready. Asked at assembly,
   * as to ask for an interface that a class does not have takes as long as a good part of a
   * subscription.
   */
  private boolean passes(Object source) {
    return timeout == null && source instanceof ScalarSupplier;
  }

  /** Listens first and subscribes after it; a source that throws leaves nothing behind. */
  private <B extends Bound<?>> void bind(B bound, Consumer<? super B> source) {
    if (!bound.begin(timeout)) {
      return;
    }
    boolean subscribed = false;
    try {
      source.accept(bound);
      subscribed = true;
    } catch (Throwable e) {
      subscribed = bound.endsByCtx(e);
      if (!subscribed) {
        throw e;
      }
    } finally {
      if (!subscribed) {
        bound.dispose();
      }
      bound.subscribed();
    }
  }

  private static final class BoundFlowable<T> extends Flowable<T> {
    private final Flowable<T> source;
    private final CtxTransformer<?> to;
    private final boolean passes;

    BoundFlowable(Flowable<T> source, CtxTransformer<?> to) {
      this.source = source;
      this.to = to;
      this.passes = to.passes(source);
    }

    @Override
    protected void subscribeActual(Subscriber<? super T> downstream) {
      if (passes && !to.ctx.isDone()) {
        source.subscribe(downstream);
      } else {
        to.bind(BoundSubscriber.<T>of(to.ctx, downstream), source::subscribe);
      }
    }
  }

  private static final class BoundObservable<T> extends Observable<T> {
    private final Observable<T> source;
    private final CtxTransformer<?> to;
    private final boolean passes;

    BoundObservable(Observable<T> source, CtxTransformer<?> to) {
      this.source = source;
      this.to = to;
      this.passes = to.passes(source);
    }

    @Override
    protected void subscribeActual(Observer<? super T> downstream) {
      if (passes && !to.ctx.isDone()) {
        source.subscribe(downstream);
      } else {
        to.bind(new BoundObserver<T>(to.ctx, downstream), source::subscribe);
      }
    }
  }

  private static final class BoundSingle<T> extends Single<T> {
    private final Single<T> source;
    private final CtxTransformer<?> to;

    BoundSingle(Single<T> source, CtxTransformer<?> to) {
      this.source = source;
      this.to = to;
    }

    @Override
    protected void subscribeActual(SingleObserver<? super T> downstream) {
      to.bind(new BoundValue<T>(to.ctx, downstream), source::subscribe);
    }
  }

  private static final class BoundMaybe<T> extends Maybe<T> {
    private final Maybe<T> source;
    private final CtxTransformer<?> to;
    private final boolean passes;

    BoundMaybe(Maybe<T> source, CtxTransformer<?> to) {
      this.source = source;
      this.to = to;
      this.passes = to.passes(source);
    }

    @Override
    protected void subscribeActual(MaybeObserver<? super T> downstream) {
      if (passes && !to.ctx.isDone()) {
        source.subscribe(downstream);
      } else {
        to.bind(new BoundValue<T>(to.ctx, downstream), source::subscribe);
      }
    }
  }

  private static final class BoundCompletable extends Completable {
    private final Completable source;
    private final CtxTransformer<?> to;

    BoundCompletable(Completable source, CtxTransformer<?> to) {
      this.source = source;
      this.to = to;
    }

    @Override
    protected void subscribeActual(CompletableObserver downstream) {
      to.bind(new BoundValue<Object>(to.ctx, downstream), source::subscribe);
    }
  }
}
