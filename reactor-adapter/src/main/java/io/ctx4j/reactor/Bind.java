package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CorePublisher;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The operator: assembles itself around a Flux or a Mono, and at subscription binds it.
 *
 * <p>It subclasses the operators of Reactor, rather than lift them, because a lifted source is
 * always subscribed to, which a done context must prevent (R2). Whether a Flux of them is
 * {@link Fuseable} is what the source is; what is passed on then is {@link BindFluxSubscriber}'s
 * business.
 */
record Bind<T>(Binding binding) implements UnaryOperator<Publisher<T>> {
  static final String STEP = "ctx.bind";

  @Override
  public Publisher<T> apply(Publisher<T> source) {
    requireNonNull(source, "source");
    if (ThreadLocals.isAssembling()) {
      return source; // by a hook that binds: what is assembled is a part of a bind
    }
    boolean scalar = isScalar(source);
    Publisher<T> seen = scalar ? source : ThreadLocals.restored(source);
    if (binding instanceof Binding.To to && !to.ctx().isCancelable()) {
      return Visible.of(seen, to.ctx());
    }
    if (seen instanceof Mono<T> mono) {
      return new BoundMono<>(mono, scalar, binding);
    }
    Flux<T> flux = Flux.from(seen);
    return seen instanceof Fuseable
        ? new FuseableFlux<>(flux, scalar, binding)
        : new BoundFlux<>(flux, scalar, binding);
  }

  /**
   * Asked at assembly: to ask an object for an interface that its class does not have takes as long
   * as a good part of a subscription.
   */
  private static boolean isScalar(Publisher<?> source) {
    return source instanceof Fuseable.ScalarCallable;
  }

  private static <T> void subscribe(
      CorePublisher<? extends T> source,
      boolean scalar,
      Binding binding,
      CoreSubscriber<? super T> downstream) {
    Context outer = downstream.currentContext();
    Ctx ctx = binding.ctx(outer);
    CancelCtx owned = binding.owned(ctx);
    if (scalar && !ctx.isDone()) {
      close(owned);
      source.subscribe(downstream);
      return;
    }
    if (!ctx.isCancelable()) { // the subscriber's own: upstream sees it already
      source.subscribe(downstream);
      return;
    }
    CtxContext visible = CtxContext.binding(outer, ctx);
    BindSubscriber<T> subscriber = source instanceof Mono
        ? new BindMonoSubscriber<>(downstream, visible, owned)
        : BindFluxSubscriber.of(downstream, visible, owned);
    if (!subscriber.start()) {
      Operators.error(downstream, requireNonNull(ctx.err()).copy());
      return;
    }
    try {
      upcast(source).subscribe(subscriber);
    } catch (Throwable e) {
      if (subscriber.abandon(e)) {
        throw e;
      }
    } finally {
      subscriber.subscribed();
    }
  }

  private static void close(@Nullable CancelCtx owned) {
    if (owned != null) {
      owned.close();
    }
  }

  @SuppressWarnings("unchecked") // a publisher of a subtype publishes the type
  private static <T> CorePublisher<T> upcast(CorePublisher<? extends T> source) {
    return (CorePublisher<T>) source;
  }

  private static class BoundFlux<T> extends FluxOperator<T, T> {
    private final boolean scalar;
    private final Binding binding;

    BoundFlux(Flux<? extends T> source, boolean scalar, Binding binding) {
      super(source);
      this.scalar = scalar;
      this.binding = binding;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> downstream) {
      Bind.<T>subscribe(source, scalar, binding, downstream);
    }

    @Override
    public String stepName() {
      return STEP;
    }

    @Override
    @SuppressWarnings("rawtypes") // as Scannable has it
    public @Nullable Object scanUnsafe(Attr key) {
      return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }
  }

  private static final class FuseableFlux<T> extends BoundFlux<T> implements Fuseable {
    FuseableFlux(Flux<? extends T> source, boolean scalar, Binding binding) {
      super(source, scalar, binding);
    }
  }

  private static final class BoundMono<T> extends MonoOperator<T, T> {
    private final boolean scalar;
    private final Binding binding;

    BoundMono(Mono<? extends T> source, boolean scalar, Binding binding) {
      super(source);
      this.scalar = scalar;
      this.binding = binding;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> downstream) {
      Bind.<T>subscribe(source, scalar, binding, downstream);
    }

    @Override
    public String stepName() {
      return STEP;
    }

    @Override
    @SuppressWarnings("rawtypes") // as Scannable has it
    public @Nullable Object scanUnsafe(Attr key) {
      return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }
  }
}
