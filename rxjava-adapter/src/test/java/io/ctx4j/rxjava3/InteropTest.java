package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.reactor.CtxOps;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One context over both libraries, with both adapters in one file. */
class InteropTest {
  private static final CtxKey<String> TENANT = CtxKey.named("tenant");

  private final CancelCtx root = Ctx.background().withCancel();
  private final Ctx ctx = root.withValue(TENANT, "acme");

  @Test
  @DisplayName(
      "X1 Reactor to RxJava to Reactor: canceled once, it ends on every side, for the same cause")
  void cancel_acrossLibraries_endsEverySide() {
    var why = new IllegalStateException("the shop is closed");
    List<Throwable> errors = new ArrayList<>();
    var stopped = new AtomicInteger();
    Sinks.Many<Integer> inner = Sinks.many().unicast().onBackpressureBuffer();
    Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
    var outside = new Probe();
    try (var undelivered = new Undelivered()) {
      Flowable<Integer> middle = Flowable.fromPublisher(source
              .asFlux()
              .doOnCancel(stopped::incrementAndGet)
              .transform(CtxOps.bind(ctx))
              .doOnError(errors::add))
          .map(item -> item * 10)
          .compose(RxCtxOps.bind(ctx))
          .doOnError(errors::add);
      Flux.merge(middle, inner.asFlux().transform(CtxOps.bind(ctx)))
          .doOnError(errors::add)
          .transform(CtxOps.bind(ctx))
          .subscribe(outside);
      Single<Integer> beside =
          Single.fromPublisher(Mono.<Integer>never().transform(CtxOps.bind(ctx)));
      var single = new Probe();
      beside.compose(RxCtxOps.bind(ctx)).subscribe(single);
      source.tryEmitNext(1).orThrow();
      inner.tryEmitNext(2).orThrow();

      root.cancel(why);

      outside.assertSignals(10, 2, "cut");
      single.assertSignals("cut");
      assertThat(stopped).hasValue(1);
      assertThat(undelivered.errors).isEmpty();
    }
    errors.add(outside.error());
    assertThat(errors)
        .allSatisfy(error -> assertThat(error).isExactlyInstanceOf(CanceledException.class))
        .extracting(Throwable::getCause)
        .containsOnly(why);
    assertThat(root.cause()).isSameAs(why);
  }

  @Test
  @DisplayName(
      "X1 each section that is bound alone ends for that cause as well, whichever library has it")
  void cancel_boundInOnePlace_endsAll() {
    var why = new IllegalStateException("why");
    for (int bound = 0; bound < 3; bound++) {
      CancelCtx each = Ctx.background().withCancel();
      var stopped = new AtomicInteger();
      var outside = new Probe();
      Flux<Integer> first = Flux.<Integer>never().doOnCancel(stopped::incrementAndGet);
      Flowable<Integer> second =
          Flowable.fromPublisher(bound == 0 ? first.transform(CtxOps.bind(each)) : first);
      Flux<Integer> third = Flux.from(bound == 1 ? second.compose(RxCtxOps.bind(each)) : second);
      (bound == 2 ? third.transform(CtxOps.bind(each)) : third).subscribe(outside);

      each.cancel(why);

      outside.assertSignals("cut");
      assertThat(outside.error().getCause()).isSameAs(why);
      assertThat(stopped).hasValue(1);
    }
  }

  @Test
  @DisplayName(
      "§1 the context that a Reactor subscriber carries binds what RxJava does for it, with its values")
  void current_inReactor_bindsRxJava() {
    Mono<String> loaded = Mono.deferContextual(view -> {
      Ctx found = CtxOps.get(view);
      return Mono.from(Single.fromCallable(() -> found.valueOr(TENANT, "none"))
          .compose(RxCtxOps.<String>bind(found))
          .toFlowable());
    });

    String tenant = loaded.contextWrite(CtxOps.put(ctx)).block();

    assertThat(tenant).isEqualTo("acme");
  }
}
