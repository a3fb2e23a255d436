package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** {@code withTimeout}: a child of the subscriber's context for each subscription. */
class TimeoutTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final CancelCtx parent = Ctx.root(CtxOps.timeSource(time)).withCancel();
  private final Source<Integer> source = new Source<>();
  private final Flux<Integer> timed = source
      .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
      .contextWrite(CtxOps.put(parent.withValue(USER, "ada")));

  private void pass(long millis) {
    time.advanceTimeBy(Duration.ofMillis(millis));
  }

  private Ctx child() {
    return CtxOps.get(source.context());
  }

  @Test
  @DisplayName("R11 the timeout ends the stream, elements or not, and not its parent")
  void timeout_passes_cuts() {
    var probe = Probe.on(timed);
    pass(999);
    source.emit(1);
    probe.assertSignals(1);

    pass(1);

    probe.assertSignals(1, "cut");
    assertThat(probe.error()).isInstanceOf(DeadlineExceededException.class);
    assertThat(source.canceled).hasValue(1);
    assertThat(parent.isDone()).isFalse();
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("R11 it counts from the subscription, not from the assembly, and each for itself")
  void timeout_countsFromSubscription() {
    pass(10_000);
    var first = Probe.on(timed);
    pass(600);
    var second = Probe.on(timed);

    pass(400);
    assertThat(first.isCut()).isTrue();
    assertThat(second.isOver()).isFalse();
    pass(600);
    assertThat(second.isCut()).isTrue();
  }

  @Test
  @DisplayName("R11 it is over the whole stream: elements do not start it anew")
  void timeout_isNotPerElement() {
    var probe = Probe.on(timed);
    for (int i = 0; i < 4; i++) {
      pass(240);
      source.emit(i);
    }

    pass(40);

    probe.assertSignals(0, 1, 2, 3, "cut");
  }

  @Test
  @DisplayName("R11 nothing is derived at assembly")
  void assemble_derivesNothing() {
    Flux<Integer> unused = source.transform(CtxOps.withTimeout(Duration.ofSeconds(1)));

    assertThat(unused).isNotNull();
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(time.getScheduledTaskCount()).isZero();
  }

  @Test
  @DisplayName("R11 each subscription has a child of the subscriber's Ctx, visible above")
  void subscribe_showsTheChild() {
    Probe.on(timed);
    Ctx first = child();
    Probe.on(timed);
    Ctx second = child();

    assertThat(first).isNotSameAs(second).isNotSameAs(parent);
    assertThat(first.remaining()).isEqualTo(Duration.ofSeconds(1));
    assertThat(first.value(USER)).isEqualTo("ada");
    assertThat(source.context().<String>get(USER)).isEqualTo("ada");
    assertThat(parent.tree().lines()).hasSize(3);
    parent.cancel();
    assertThat(first.isDone()).isTrue();
  }

  @Test
  @DisplayName("R11 current() and the view above see the child that is bound")
  void current_isTheChild() {
    List<Ctx> seen = new ArrayList<>();
    Mono<Ctx> current = Mono.deferContextual(view -> {
          seen.add(view.<Ctx>get(Ctx.class));
          return CtxOps.current();
        })
        .doOnNext(seen::add)
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1)));

    Ctx got = current.contextWrite(CtxOps.put(parent)).block();

    assertThat(seen).hasSize(2).allMatch(ctx -> ctx == got);
    assertThat(got).isNotSameAs(parent);
  }

  interface End {
    void end(Source<Integer> source, Probe<Integer> probe);
  }

  static Stream<Arguments> ends() {
    return Stream.of(
        end("completed", (source, probe) -> source.emit(1).complete()),
        end("failed", (source, probe) -> source.fail(new IllegalStateException())),
        end("canceled", (source, probe) -> probe.cancel()));
  }

  private static Arguments end(String name, End end) {
    return Arguments.of(name, end);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  @DisplayName("R11 the child is closed when the source ends or is canceled, and its timer is off")
  void end_closesTheChild(String name, End end) {
    for (Flux<Integer> flux : List.of(
        timed,
        source
            .mono()
            .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
            .contextWrite(CtxOps.put(parent))
            .flux())) {
      var probe = Probe.on(flux);
      Ctx child = child();
      end.end(source, probe);

      CtxException err = child.err();
      assertThat(err).isInstanceOf(CanceledException.class);
      assertThat(err instanceof CanceledException closed && closed.isClosed()).isTrue();
      assertThat(parent.tree().lines()).hasSize(1);
      assertThat(parent.isDone()).isFalse();
      pass(2_000);
      assertThat(probe.isCut()).isFalse();
    }
  }

  @Test
  @DisplayName("R11 the child is closed also when upstream's cancel throws")
  void cancel_upstreamThrows_closesTheChild() {
    var probe = Probe.on(timed);
    Ctx child = child();
    source.inCancel = () -> {
      throw new IllegalStateException("in cancel");
    };

    try {
      probe.cancel();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("in cancel");
    }

    assertThat(child.isDone()).isTrue();
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("R11 the child is closed also when the source throws instead of subscribing")
  void subscribe_sourceThrows_closesTheChild() {
    Flux<Integer> broken = new Flux<>() {
      @Override
      public void subscribe(reactor.core.CoreSubscriber<? super Integer> actual) {
        throw new IllegalStateException("no subscription");
      }
    };
    Flux<Integer> bound = broken.transform(CtxOps.withTimeout(Duration.ofSeconds(1)));

    Probe.on(bound.contextWrite(CtxOps.put(parent))).assertSignals("error no subscription");

    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("R11 a drained fused stream has closed its child")
  void drained_closesTheChild() {
    List<Ctx> children = new ArrayList<>();
    Flux<Integer> fused = Flux.deferContextual(view -> {
          children.add(CtxOps.get(view));
          return Flux.range(1, 3);
        })
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1)));

    Probe.on(fused.publishOn(time).contextWrite(CtxOps.put(parent)));
    time.advanceTime();

    assertThat(children).hasSize(1).allMatch(Ctx::isDone);
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName(
      "R11 the subscriber's own deadline, where it is earlier, ends the stream as it does all else")
  void parentsDeadline_earlier_cuts() {
    CancelCtx sooner = parent.withName("sooner").withTimeout(Duration.ofMillis(500));
    var probe = Probe.on(source
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
        .contextWrite(CtxOps.put(sooner)));

    pass(500);

    probe.assertSignals("cut");
    assertThat(probe.error()).hasMessage("context deadline exceeded (sooner)");
  }

  @Test
  @DisplayName("R11 the parent's cancellation ends the stream with the parent's cause")
  void parentCanceled_cuts() {
    var why = new IllegalStateException("why");
    var probe = Probe.on(timed);

    parent.cancel(why);

    assertThat(probe.error()).isInstanceOf(CanceledException.class).hasCause(why);
  }

  @Test
  @DisplayName("R11 retry downstream of it gives each attempt a child and a time of its own")
  void retry_givesEachAttemptItsOwn() {
    List<Ctx> children = new ArrayList<>();
    Flux<Integer> attempts = Flux.<Integer>deferContextual(view -> {
          children.add(CtxOps.get(view));
          return Flux.never();
        })
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
        .retry(2);
    var probe = Probe.on(attempts.contextWrite(CtxOps.put(parent)));

    pass(1_000);
    pass(1_000);
    assertThat(probe.isOver()).isFalse();
    assertThat(children).hasSize(3).doesNotHaveDuplicates();
    assertThat(children.get(2).remaining()).isEqualTo(Duration.ofSeconds(1));
    pass(1_000);

    probe.assertSignals("cut");
    assertThat(children).allMatch(Ctx::isDone);
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("R11 without a Ctx of the subscriber's it is a child of the background")
  void subscribersNone_isBackgroundsChild() {
    Probe.on(source.transform(CtxOps.withTimeout(Duration.ofHours(1))));

    assertThat(child().isCancelable()).isTrue();
    assertThat(child().toString()).startsWith("background.withDeadline");
  }

  @Test
  @DisplayName(
      "R11 C36 a named timeout says which one it was; the subscriber's own end keeps its name")
  void named_passes_saysItsName() {
    Flux<Integer> named = source.transform(CtxOps.withTimeout(Duration.ofSeconds(1), "prices"));
    var late = Probe.on(named.contextWrite(CtxOps.put(parent.withName("request"))));
    var mono = Probe.on(source
        .mono()
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1), "stock"))
        .contextWrite(CtxOps.put(parent)));
    var sooner = Probe.on(named.contextWrite(
        CtxOps.put(parent.withName("request").withTimeout(Duration.ofMillis(500)))));
    assertThat(child().toString()).contains(".named(prices)");

    pass(1_000);

    assertThat(late.error()).hasMessage("context deadline exceeded (prices)");
    assertThat(mono.error()).hasMessage("context deadline exceeded (stock)");
    assertThat(sooner.error()).hasMessage("context deadline exceeded (request)");
  }
}
