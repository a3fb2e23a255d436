package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/**
 * Binds to a context that can never be done: it extends the Context, and that is all (R8).
 *
 * <p>It is what {@code contextWrite} would be, but for three things that a bind must not change
 * (R16): downstream's Context may be another at another time, and it is conditional only where
 * downstream is, {@link Fuseable} only where the source is.
 */
final class Visible {
  private static final String STEP = "contextWrite";

  private Visible() {}

  static <T> Publisher<T> of(Publisher<T> source, Ctx ctx) {
    if (source instanceof Mono<T> mono) {
      return new VisibleMono<>(mono, ctx);
    }
    Flux<T> flux = Flux.from(source);
    return source instanceof Fuseable
        ? new FuseableFlux<>(flux, ctx)
        : new VisibleFlux<>(flux, ctx);
  }

  private static class VisibleFlux<T> extends FluxOperator<T, T> {
    private final Ctx ctx;

    VisibleFlux(Flux<? extends T> source, Ctx ctx) {
      super(source);
      this.ctx = ctx;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> downstream) {
      source.subscribe(VisibleSubscriber.ofFlux(downstream, ctx));
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

  private static final class FuseableFlux<T> extends VisibleFlux<T> implements Fuseable {
    FuseableFlux(Flux<? extends T> source, Ctx ctx) {
      super(source, ctx);
    }
  }

  private static final class VisibleMono<T> extends MonoOperator<T, T> {
    private final Ctx ctx;

    VisibleMono(Mono<? extends T> source, Ctx ctx) {
      super(source);
      this.ctx = ctx;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> downstream) {
      source.subscribe(VisibleSubscriber.ofMono(downstream, ctx));
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
