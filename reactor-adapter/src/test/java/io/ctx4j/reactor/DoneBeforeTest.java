package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Subscribing under a context that is done already. */
class DoneBeforeTest {
  private static final AtomicInteger REACHED = new AtomicInteger();

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  static Stream<Arguments> sources() {
    Flux<Integer> range = Flux.range(1, 3).doFirst(REACHED::incrementAndGet);
    return Stream.of(
        Arguments.of("flux", Flux.defer(() -> {
          REACHED.incrementAndGet();
          return Flux.range(1, 3);
        })),
        Arguments.of("fused flux", range),
        Arguments.of("create", Flux.create(sink -> REACHED.incrementAndGet())),
        Arguments.of("publishOn", range.publishOn(Schedulers.immediate())),
        Arguments.of("subscribeOn", range.subscribeOn(Schedulers.immediate())),
        Arguments.of("mono", Mono.defer(() -> {
          REACHED.incrementAndGet();
          return Mono.just(1);
        })),
        Arguments.of("callable", Mono.fromCallable(REACHED::incrementAndGet)),
        Arguments.of("supplier", Mono.fromSupplier(REACHED::incrementAndGet)),
        Arguments.of("runnable", Mono.fromRunnable(REACHED::incrementAndGet)),
        Arguments.of("foreign", (Publisher<Integer>) subscriber -> REACHED.incrementAndGet()),
        Arguments.of("scalar mono", Mono.just(1)),
        Arguments.of("scalar flux", Flux.just(1)),
        Arguments.of("empty", Mono.empty()),
        Arguments.of("error", Mono.error(new IllegalStateException("never told"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sources")
  @DisplayName(
      "R2 a done context: its error at once, without demand, and the source is not reached")
  void subscribe_done_isCutWithoutTheSource(String name, Publisher<Integer> raw) {
    REACHED.set(0);
    ctx.cancel();
    Publisher<Integer> bound = CtxOps.<Integer>bind(ctx).apply(raw);

    for (long demand = 0; demand < 2; demand++) {
      Probe.on(bound, demand).assertSignals("cut");
    }

    assertThat(REACHED).hasValue(0);
  }

  @Test
  @DisplayName("R2 the error is a copy of err, one for each subscription")
  void subscribe_done_tellsCopies() {
    var why = new IllegalStateException("why");
    ctx.cancel(why);
    Flux<Integer> bound = source.transform(CtxOps.bind(ctx));

    var first = Probe.on(bound);
    var second = Probe.on(bound);

    assertThat(first.error())
        .isExactlyInstanceOf(CanceledException.class)
        .hasMessage("context canceled")
        .hasCause(why)
        .isNotSameAs(ctx.err())
        .isNotSameAs(second.error());
    first.error().addSuppressed(new Exception());
    assertThat(requireNonNull(ctx.err()).getSuppressed()).isEmpty();
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 done between assembly and subscription counts")
  void subscribe_doneAfterAssembly_isCut() {
    Flux<Integer> bound = source.transform(CtxOps.bind(ctx));
    ctx.cancel();

    Probe.on(bound).assertSignals("cut");

    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 a deadline that has passed gives DeadlineExceededException")
  void subscribe_pastDeadline_tellsDeadlineExceeded() {
    Ctx past = Ctx.background().withTimeout(Duration.ZERO);

    var probe = Probe.on(source.transform(CtxOps.bind(past)));

    assertThat(probe.error()).isInstanceOf(DeadlineExceededException.class);
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 the subscriber's own context, done, keeps bind() from the source")
  void subscribe_subscribersDone_isCutWithoutTheSource() {
    ctx.cancel();

    Probe.on(source.transform(CtxOps.bind()).contextWrite(CtxOps.put(ctx))).assertSignals("cut");

    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 a timeout of zero or less keeps withTimeout from the source")
  void subscribe_noTimeLeft_isCutWithoutTheSource() {
    for (Duration none : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      var probe = Probe.on(source.transform(CtxOps.withTimeout(none)));
      probe.assertSignals("cut");
      assertThat(probe.error()).isInstanceOf(DeadlineExceededException.class);
    }
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 under a done parent withTimeout tells the parent's error and cause")
  void subscribe_parentDone_tellsTheParents() {
    var why = new IllegalStateException("why");
    ctx.cancel(why);

    var probe = Probe.on(
        source.transform(CtxOps.withTimeout(Duration.ofHours(1))).contextWrite(CtxOps.put(ctx)));

    assertThat(probe.error()).isInstanceOf(CanceledException.class).hasCause(why);
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("R2 of nested binds the inner one, done, keeps both from the source")
  void subscribe_nestedInnerDone_isCutWithoutTheSource() {
    ctx.cancel();
    CancelCtx live = Ctx.background().withCancel();

    Probe.on(source.transform(CtxOps.bind(ctx)).transform(CtxOps.bind(live))).assertSignals("cut");
    Probe.on(source.transform(CtxOps.bind(live)).transform(CtxOps.bind(ctx))).assertSignals("cut");

    assertThat(source.subscribed).hasValue(0);
  }
}
