package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/**
 * As long as the context is live, nobody can tell that there is a bind; the tables are FusionTest's
 * and ConsumersTest's.
 */
class TransparencyTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final Ctx LIVE = Ctx.background().withCancel().withValue(USER, "ada");

  /** All forms, one that can never be done included. */
  static Stream<Arguments> forms() {
    return Stream.of(
        form("bind", CtxOps.bind(LIVE)),
        form("bind twice", flux -> CtxOps.bind(LIVE).apply(CtxOps.bind(LIVE).apply(flux))),
        form("bind()", CtxOps.bind()),
        form("withTimeout", CtxOps.withTimeout(Duration.ofHours(1))),
        form("never done", CtxOps.bind(LIVE.withoutCancel())));
  }

  private static Arguments form(String name, UnaryOperator<Publisher<Object>> form) {
    return Arguments.of(name, form);
  }

  @SuppressWarnings("unchecked")
  private static Flux<Object> direct(UnaryOperator<Publisher<Object>> form, Flux<?> source) {
    return (Flux<Object>) form.apply((Flux<Object>) source);
  }

  @AfterEach
  void resetHooks() {
    Hooks.resetOnEachOperator();
    Hooks.disableAutomaticContextPropagation();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 a null among the elements is the error that it is without, fused or not")
  void nullElement_isTheSameError(String name, UnaryOperator<Publisher<Object>> form) {
    List<@Nullable Object> nulls = Arrays.asList(1, null, 1);
    for (Flux<?> source : List.of(
        Flux.fromIterable(nulls),
        Flux.fromStream(nulls::stream),
        Flux.fromArray(nulls.toArray()),
        Flux.just(1).flatMapIterable(one -> nulls),
        Flux.just(1).hide().flatMapIterable(one -> nulls))) {
      for (UnaryOperator<Flux<Object>> consumer : List.<UnaryOperator<Flux<Object>>>of(
          all -> all,
          all -> all.publishOn(Schedulers.immediate()),
          all -> Flux.just(1).hide().flatMap(one -> all),
          all -> all.filter(one -> true),
          all -> all.contextWrite(context -> context).flatMapIterable(List::of),
          all -> all.contextWrite(context -> context).publishOn(Schedulers.immediate()),
          all -> all.doOnNext(one -> {}).publishOn(Schedulers.immediate()))) {
        @SuppressWarnings("unchecked")
        var raw = Probe.on(consumer.apply((Flux<Object>) source));
        var bound = Probe.on(consumer.apply(direct(form, source)));

        assertThat(bound.signals()).isEqualTo(raw.signals());
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName(
      "R16 what runs at the end, before a consumer that drains, runs after the last element")
  void end_drained_isAfterTheLastElement(String name, UnaryOperator<Publisher<Object>> form) {
    for (Flux<?> source :
        List.of(Flux.range(1, 3), Flux.fromIterable(List.of(1, 2, 3)), Flux.just(1, 2, 3))) {
      for (UnaryOperator<Flux<Object>> consumer : List.<UnaryOperator<Flux<Object>>>of(
          all -> all.flatMapIterable(List::of),
          all -> all.publish(shared -> shared),
          all -> all.publish(shared -> shared, 1))) {
        @SuppressWarnings("unchecked")
        List<Object> raw = drained((Flux<Object>) source, consumer);

        assertThat(drained(direct(form, source), consumer)).isEqualTo(raw);
      }
    }
  }

  private static List<Object> drained(Flux<Object> flux, UnaryOperator<Flux<Object>> consumer) {
    List<Object> log = new ArrayList<>();
    Flux<Object> logged = flux.doOnEach(signal -> log.add(signal.getType()));
    Probe.on(consumer
        .apply(Flux.using(() -> 1, one -> logged, one -> log.add("closed")))
        .doOnNext(log::add));
    return log;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName(
      "R16 distinct, before a consumer that drains, forgets nothing before the last element")
  void distinct_drained_isDistinct(String name, UnaryOperator<Publisher<Object>> form) {
    for (Flux<?> source : List.of(
        Flux.just(1, 2, 1),
        Flux.fromIterable(List.of(1, 2, 1)),
        Flux.fromStream(() -> Stream.of(1, 2, 1)))) {
      for (UnaryOperator<Flux<Object>> consumer : List.<UnaryOperator<Flux<Object>>>of(
          all -> all.flatMapIterable(List::of),
          all -> all.publishOn(Schedulers.immediate(), 1),
          all -> all.publish(shared -> shared),
          all -> all.publish(shared -> shared.map(one -> one), 1))) {
        Probe.on(consumer.apply(direct(form, source).distinct())).assertSignals(1, 2, "complete");
      }
    }
  }

  @Test
  @DisplayName(
      "R16 what a shared stream's last subscriber leaves is discarded by the Context of then")
  void refCountCanceled_discardsAsRaw() {
    List<Flux<Integer>> sources = List.of(
        Flux.fromIterable(IntStream.range(0, 9).boxed().toList()),
        Flux.fromStream(() -> IntStream.range(0, 9).boxed()),
        Flux.range(0, 9),
        Flux.just(1).flatMapIterable(one -> IntStream.range(0, 9).boxed().toList()));
    for (Flux<Integer> source : sources) {
      assertThat(discardedAtCancel(source.transform(CtxOps.bind(LIVE)).publish().refCount()))
          .isEqualTo(discardedAtCancel(source.publish().refCount()));
    }
  }

  private static List<Object> discardedAtCancel(Flux<Integer> flux) {
    var dropped = new Dropped();
    var probe = Probe.on(dropped.on(flux), 4);
    probe.cancel();
    return new ArrayList<>(dropped.discarded);
  }

  /**
   * By the Context that its subscription gets, which a retry or repeat writes anew for each turn.
   */
  private static <T> Flux<Object> countdown(Flux<T> companion) {
    return companion.handle((last, sink) -> {
      int left = requireNonNull(sink.contextView().getOrDefault("left", 0));
      if (left > 0) {
        sink.next(Context.of("left", left - 1));
      } else {
        sink.error(new IllegalStateException("exhausted"));
      }
    });
  }

  private static Flux<Object> repeated(UnaryOperator<Publisher<Object>> form) {
    return Flux.<Object>just("again")
        .repeatWhen(companion -> form.apply(countdown(companion)))
        .contextWrite(Context.of("left", 3))
        .take(50);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 the Context is downstream's of now: a repeat's companion counts down and ends")
  void repeatsCompanion_counts(String name, UnaryOperator<Publisher<Object>> form) {
    Probe.on(repeated(form)).assertSignals("again", "again", "again", "again", "error exhausted");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 likewise a retry's")
  void retrysCompanion_counts(String name, UnaryOperator<Publisher<Object>> form) {
    var attempts = new AtomicInteger();
    Flux<Object> failing =
        Flux.error(() -> new IllegalStateException("attempt " + attempts.incrementAndGet()));
    var probe = Probe.on(failing
        .retryWhen(Retry.from(signals -> form.apply(countdown(signals))))
        .contextWrite(Context.of("left", 3)));

    probe.assertSignals("error exhausted");
    assertThat(attempts).hasValue(4);
  }

  @Test
  @DisplayName("R16 the Context is the same instance as long as downstream's is, and no longer")
  void context_isKeptAsLongAsDownstreams() {
    Context[] below = {Context.of("n", 1)};
    Source<Integer> source = new Source<>();
    source.transform(CtxOps.bind(LIVE)).subscribe(new CoreSubscriber<Integer>() {
      @Override
      public Context currentContext() {
        return below[0];
      }

      @Override
      public void onSubscribe(Subscription s) {}

      @Override
      public void onNext(Integer element) {}

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onComplete() {}
    });
    Context first = source.actual().currentContext();

    assertThat(source.actual().currentContext()).isSameAs(first);
    below[0] = Context.of("n", 2);
    assertThat(source.context().<Integer>get("n")).isEqualTo(2);
    assertThat(source.context().<Ctx>get(Ctx.class)).isSameAs(LIVE);
    assertThat(source.context().<String>get(USER)).isEqualTo("ada");
    assertThat(source.actual().currentContext())
        .isNotSameAs(first)
        .isSameAs(source.actual().currentContext());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 with automatic context propagation a subscription runs no assembly hook")
  void subscribe_propagating_runsNoHook(String name, UnaryOperator<Publisher<Object>> form) {
    Hooks.enableAutomaticContextPropagation();
    var assembled = new AtomicInteger();
    Hooks.onEachOperator(publisher -> {
      assembled.incrementAndGet();
      return publisher;
    });
    Flux<Object> flux = Flux.from(form.apply(Flux.<Object>just(1, 2).hide()));
    Mono<Object> mono = Mono.from(form.apply(Mono.<Object>just(1).hide()));
    assembled.set(0);

    Probe.on((Publisher<Object>) flux).assertSignals(1, 2, "complete");
    Probe.on((Publisher<Object>) mono).assertSignals(1, "complete");

    assertThat(assembled).hasValue(0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 a hook that binds every operator ends, with propagation and without")
  void hookThatBinds_ends(String name, UnaryOperator<Publisher<Object>> form) {
    for (boolean propagating : new boolean[] {false, true}) {
      if (propagating) {
        Hooks.enableAutomaticContextPropagation();
      }
      Hooks.onEachOperator(form);

      Flux<Object> flux = Flux.<Object>just(1, 2, 3).map(i -> i).transform(form);
      Probe.on(flux).assertSignals(1, 2, 3, "complete");
      Probe.on(Mono.<Object>fromCallable(() -> 1).map(i -> i).flux()).assertSignals(1, "complete");

      Hooks.resetOnEachOperator();
    }
  }

  @SuppressWarnings("unchecked")
  private static QueueSubscription<Object> subscriptionOf(Publisher<Object> source) {
    return (QueueSubscription<Object>) Probe.on(source, 0).subscription();
  }

  @Test
  @DisplayName(
      "R16 a queue's methods before requestFusion, and after a refused one, answer as raw's")
  void queueMethods_withoutFusion_answerAsRaw() {
    Map<String, Flux<Object>> sources = Map.of(
        "range", Flux.range(1, 3).map(i -> (Object) i),
        "array", Flux.just(1, 2, 3),
        "mapped", Flux.range(1, 3).<Object>map(i -> i),
        "publishOn", Flux.<Object>just(1, 2, 3).hide().publishOn(Schedulers.immediate()));
    for (Flux<Object> source : sources.values()) {
      for (int asked : new int[] {-1, Fuseable.NONE, Fuseable.SYNC | Fuseable.THREAD_BARRIER}) {
        List<List<Object>> answers = new ArrayList<>();
        for (Flux<Object> flux : List.of(source, source.transform(CtxOps.bind(LIVE)))) {
          QueueSubscription<Object> queue = subscriptionOf(flux);
          if (asked >= 0 && queue.requestFusion(asked) != Fuseable.NONE) {
            continue; // raw alone agrees to that
          }
          List<Object> answer = new ArrayList<>();
          answer.add(queue.size());
          answer.add(queue.isEmpty());
          answer.add(String.valueOf(queue.poll()));
          queue.clear();
          answer.add(queue.isEmpty());
          answers.add(answer);
        }
        assertThat(answers.stream().distinct().toList()).hasSize(1);
      }
    }
  }

  @Test
  @DisplayName("R16 a source that is no queue: the methods say that there is nothing")
  void queueMethods_noQueue_sayEmpty() {
    for (Publisher<Object> bound : List.of(
        CtxOps.bind(LIVE).apply(Flux.<Object>just(1, 2, 3).hide()),
        CtxOps.bind(LIVE.withoutCancel()).apply(Flux.<Object>just(1, 2, 3).hide()))) {
      QueueSubscription<Object> queue = subscriptionOf(bound);
      for (int i = 0; i < 2; i++) {
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.size()).isZero();
        assertThat(queue.poll()).isNull();
        queue.clear();
        assertThat(queue.requestFusion(Fuseable.ANY)).isEqualTo(Fuseable.NONE);
      }
    }
  }

  @Test
  @DisplayName("R9 a bound Mono is not fused: its subscription is no queue")
  void mono_isNoQueue() {
    var probe = Probe.on(Mono.fromCallable(() -> 1).transform(CtxOps.bind(LIVE)), 0);

    assertThat(requireNonNull(probe.subscription())).isNotInstanceOf(QueueSubscription.class);
  }

  @Test
  @DisplayName("R16 a cancel after the source's own end reaches it, as without a bind")
  void cancel_afterTheEnd_reachesTheSource() {
    Source<Integer> source = new Source<>();
    var completed = Probe.on(source.transform(CtxOps.bind(LIVE)));
    source.complete();
    completed.cancel();
    var failed = Probe.on(source.mono().transform(CtxOps.bind(LIVE)));
    source.fail(new IllegalStateException("own"));
    failed.cancel();

    assertThat(source.canceled).hasValue(2);
  }
}
