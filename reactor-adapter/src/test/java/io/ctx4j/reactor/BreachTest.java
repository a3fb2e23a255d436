package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Who breaks the rules on either side of a bind: what they come to is what they come to without.
 */
class BreachTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Dropped dropped = Dropped.everywhere();

  @AfterEach
  void resetHooks() {
    dropped.close();
  }

  static Stream<Arguments> forms() {
    Ctx live = Ctx.background().withCancel();
    return Stream.of(
        form("bind", CtxOps.bind(live)),
        form(
            "bind twice",
            source -> CtxOps.<Long>bind(live).apply(CtxOps.<Long>bind(live).apply(source))),
        form("withTimeout", CtxOps.withTimeout(Duration.ofHours(1))),
        form("never done", CtxOps.bind(live.withoutCancel())));
  }

  private static Arguments form(String name, UnaryOperator<Publisher<Long>> form) {
    return Arguments.of(name, form);
  }

  /** Tells how much it was asked for, and fails where that is against the rules. */
  private static Publisher<Long> strict() {
    return subscriber -> subscriber.onSubscribe(new Subscription() {
      private boolean failed;

      @Override
      public void request(long n) {
        if (failed) {
          return;
        }
        failed = n <= 0;
        if (!failed) {
          subscriber.onNext(n);
        } else {
          subscriber.onError(new IllegalArgumentException("§3.9 " + n));
        }
      }

      @Override
      public void cancel() {}
    });
  }

  private static List<Object> requesting(Publisher<Long> source, long bad, boolean first) {
    Probe<Long> probe = Probe.of(0);
    probe.inSubscribe = () -> {
      if (first) {
        probe.request(bad);
      }
    };
    probe.to(source);
    probe.request(3);
    probe.request(bad);
    assertThat(probe.breaches).isEmpty();
    return probe.signals();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 a request that is not positive is the source's to answer (§3.9)")
  void request_notPositive_isAnsweredBySource(String name, UnaryOperator<Publisher<Long>> form) {
    for (long bad : new long[] {0, -1, Long.MIN_VALUE}) {
      for (Publisher<Long> source :
          List.<Publisher<Long>>of(Flux.from(strict()), Mono.fromDirect(strict()))) {
        assertThat(requesting(form.apply(source), bad, true)).containsExactly("error §3.9 " + bad);
      }
      assertThat(requesting(form.apply(Flux.from(strict())), bad, false))
          .containsExactly(3L, "error §3.9 " + bad);
      for (Flux<Long> lenient : List.of(
          Flux.just(1L, 2L, 3L, 4L),
          Flux.just(1L, 2L, 3L, 4L).hide(),
          Flux.fromIterable(List.of(1L, 2L, 3L, 4L)))) {
        for (boolean early : new boolean[] {false, true}) {
          assertThat(requesting(form.apply(lenient), bad, early))
              .isEqualTo(requesting(lenient, bad, early));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  @DisplayName("R16 a second subscription is canceled, and requests go to the first (§2.5)")
  void onSubscribe_twice_firstGoesOn(String name, UnaryOperator<Publisher<Long>> form) {
    for (boolean mono : new boolean[] {false, true}) {
      Source<Long> source = new Source<>();
      Probe<Long> probe = Probe.on(form.apply(mono ? source.mono() : source), 0);
      List<String> second = new ArrayList<>();
      source.actual().onSubscribe(new Subscription() {
        @Override
        public void request(long n) {
          second.add("request");
        }

        @Override
        public void cancel() {
          second.add("cancel");
        }
      });

      probe.request(7);
      source.emit(1L).complete();

      assertThat(second).containsExactly("cancel");
      assertThat(source.requests).containsExactly(7L);
      probe.assertSignals(1L, "complete");
    }
  }

  @Test
  @DisplayName("R1 a consumer's onSubscribe that ends the context and throws is told ctx's error")
  void onSubscribeThrows_byTheCut_isTold() {
    for (boolean mono : new boolean[] {false, true}) {
      CancelCtx own = Ctx.background().withCancel();
      Source<Long> source = new Source<>();
      Probe<Long> probe = Probe.of(0);
      probe.inSubscribe = () -> {
        own.cancel();
        throw new IllegalStateException("in onSubscribe");
      };

      CtxOps.<Long>bind(own).apply(mono ? source.mono() : source).subscribe(probe);

      probe.assertSignals("cut");
      assertThat(source.canceled).hasValue(1);
      assertThat(dropped.errors)
          .singleElement()
          .hasToString("java.lang.IllegalStateException: in onSubscribe");
      dropped.errors.clear();
    }
  }

  @Test
  @DisplayName("R3 R11 a source whose subscribe fails fatally leaves nothing on the context")
  void subscribe_fatal_leavesNothing() {
    var fatal = new NoClassDefFoundError("a driver");
    Flux<Long> source = new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Long> actual) {
        throw fatal;
      }
    };
    Flux<Long> bound =
        source.transform(CtxOps.withTimeout(Duration.ofHours(1))).contextWrite(CtxOps.put(ctx));

    assertThatThrownBy(() -> bound.subscribe()).isSameAs(fatal);

    assertThat(ctx.tree().lines()).hasSize(1);
  }
}
