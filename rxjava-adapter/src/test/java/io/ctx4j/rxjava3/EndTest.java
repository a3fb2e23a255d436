package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Memory;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.exceptions.ProtocolViolationException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ends that are not the context's, and what is left of a stream after them. */
class EndTest {
  private static final List<BiConsumer<Source, Probe>> ENDS = List.of(
      (source, probe) -> source.end(),
      (source, probe) -> source.fail(new IllegalStateException("failed")),
      (source, probe) -> probe.leave());

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  private void subscribe(Type type) {
    type.subscribe(source, probe, Binding.to(ctx));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 a source that ends is told as it is; the context does nothing then")
  void end_thenCancel_isTheSources(Type type) {
    subscribe(type);

    source.end();
    ctx.cancel();

    probe.assertSignals(type.ended());
    assertThat(source.canceled).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 a source that fails is told as it is, the instance; the context does nothing then")
  void fail_thenCancel_isTheSources(Type type) {
    var error = new IllegalStateException("failed");
    subscribe(type);

    source.fail(error);
    ctx.cancel();

    probe.assertSignals("error failed");
    assertThat(probe.error()).isSameAs(error);
    assertThat(source.canceled).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 a consumer that leaves, three times: upstream is canceled once, and nobody is told")
  void leave_thrice_cancelsUpstreamOnce(Type type) {
    subscribe(type);

    probe.leave();
    probe.leave();
    ctx.cancel();
    probe.leave();

    probe.assertSignals();
    assertThat(source.canceled).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 leaving after the end cancels nothing")
  void leave_afterEnd_isNothing(Type type) {
    subscribe(type);

    source.end();
    probe.leave();

    assertThat(source.canceled).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource(names = {"OBSERVABLE", "SINGLE", "MAYBE", "EMPTY_MAYBE", "COMPLETABLE"})
  @DisplayName("X1 isDisposed is false until the end, whoever brings it, and true from then on")
  void isDisposed_untilTheEnd_isFalse(Type type) {
    List<BiConsumer<Source, Probe>> all =
        List.of(ENDS.get(0), ENDS.get(1), ENDS.get(2), (source, probe) -> ctx.cancel());
    for (BiConsumer<Source, Probe> end : all) {
      var each = new Source();
      var consumer = new Probe();
      type.subscribe(each, consumer, Binding.to(ctx));
      var disposable = (Disposable) consumer.upstream();

      assertThat(disposable.isDisposed()).isFalse();
      end.accept(each, consumer);

      assertThat(disposable.isDisposed()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R4 after the first terminal signal no other comes, whatever the source sends")
  void signals_afterEnd_areNone(Type type) {
    var late = new IllegalStateException("late");
    try (var undelivered = new Undelivered()) {
      subscribe(type);

      source.end();
      source.end();
      source.emit(2);
      source.fail(late);
      ctx.cancel();

      probe.assertSignals(type.ended());
      assertThat(undelivered.errors).containsExactly(late);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R4 after a cut nothing comes, whatever the source sends")
  void signals_afterCut_areNone(Type type) {
    var late = new IllegalStateException("late");
    try (var undelivered = new Undelivered()) {
      subscribe(type);

      ctx.cancel();
      source.emit(2);
      source.end();
      source.fail(late);

      probe.assertSignals("cut");
      assertThat(undelivered.errors).containsExactly(late);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 a second onSubscribe is rejected as a violation of the protocol; the first one goes on")
  void onSubscribe_twice_isRejected(Type type) {
    try (var undelivered = new Undelivered()) {
      subscribe(type);

      source.join();

      assertThat(undelivered.errors)
          .singleElement()
          .isExactlyInstanceOf(ProtocolViolationException.class)
          .extracting(Throwable::getMessage)
          .isEqualTo((type == Type.FLOWABLE ? "Subscription" : "Disposable") + " already set!");
      assertThat(source.canceled).hasValue(1);
      source.end();
      probe.assertSignals(type.ended());
    }
  }

  @Test
  @DisplayName(
      "X1 null for a subscription, or for an error that is late, is reported as RxJava does")
  @SuppressWarnings("NullAway") // on purpose
  void signal_null_isReported() {
    List<Consumer<Probe>> sources = List.of(
        to -> Flowable.<Integer>unsafeCreate(from -> from.onSubscribe(null))
            .compose(RxCtxOps.<Integer>bind(ctx))
            .subscribe(to),
        to -> Observable.<Integer>unsafeCreate(from -> from.onSubscribe(null))
            .compose(RxCtxOps.<Integer>bind(ctx))
            .subscribe(to),
        to -> Single.<Integer>unsafeCreate(from -> from.onSubscribe(null))
            .compose(RxCtxOps.<Integer>bind(ctx))
            .subscribe(to),
        to -> Maybe.<Integer>unsafeCreate(from -> from.onSubscribe(null))
            .compose(RxCtxOps.<Integer>bind(ctx))
            .subscribe(to),
        to -> Completable.unsafeCreate(from -> from.onSubscribe(null))
            .compose(RxCtxOps.<Integer>bind(ctx))
            .subscribe(to));
    for (Consumer<Probe> subscribe : sources) {
      try (var undelivered = new Undelivered()) {
        subscribe.accept(new Probe());
        assertThat(undelivered.errors)
            .singleElement()
            .isInstanceOf(NullPointerException.class)
            .extracting(Throwable::getMessage)
            .isEqualTo("next is null");
      }
    }
    try (var undelivered = new Undelivered()) {
      subscribe(Type.SINGLE);
      ctx.cancel();
      source.fail(null);
      assertThat(undelivered.errors).singleElement().isInstanceOf(NullPointerException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R3 ended, failed or left: the context holds nothing of the stream")
  void end_notTheContexts_leavesNothingRegistered(Type type) {
    for (BiConsumer<Source, Probe> end : ENDS) {
      WeakReference<Probe> consumer = Memory.weak(() -> {
        var each = new Probe();
        var from = new Source();
        type.subscribe(from, each, Binding.to(ctx));
        end.accept(from, each);
        return each;
      });

      assertThat(Memory.isCollected(consumer)).isTrue();
    }
    assertThat(ctx.isDone()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R3 a cut: the context holds nothing of the stream")
  void cancel_live_leavesNothingRegistered(Type type) {
    WeakReference<Probe> consumer = Memory.weak(() -> {
      var each = new Probe();
      type.subscribe(new Source(), each, Binding.to(ctx));
      return each;
    });

    ctx.cancel();

    assertThat(Memory.isCollected(consumer)).isTrue();
  }

  @Test
  @Tag("memory")
  @DisplayName(
      "X1 R3 100,000 streams of each type that came and went leave a live context as it was")
  void end_manyTimes_leavesNoMemory() {
    for (Type type : Type.values()) {
      churn(type, 1_000);
    }
    long before = Memory.used();

    for (Type type : Type.values()) {
      churn(type, 100_000);
    }

    assertThat(Memory.used() - before).isLessThan(2_000_000);
    assertThat(ctx.isDone()).isFalse();
  }

  private void churn(Type type, int times) {
    for (int i = 0; i < times; i++) {
      var each = new Probe();
      var from = new Source();
      type.subscribe(from, each, Binding.to(ctx));
      if (i % 2 == 0) {
        from.end();
      } else {
        each.leave();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 R11 R3 a timeout's child is closed when the source ends, fails or is left: before that is told")
  void withTimeout_ends_closesChild(Type type) {
    String alone = ctx.tree();
    for (BiConsumer<Source, Probe> end : ENDS) {
      var each = new Probe();
      var from = new Source();
      each.inEnd = () -> assertThat(ctx.tree()).isEqualTo(alone);
      type.subscribe(from, each, Binding.within(ctx, Duration.ofDays(1)));
      assertThat(ctx.tree()).isNotEqualTo(alone);

      end.accept(from, each);

      assertThat(ctx.tree()).isEqualTo(alone);
      assertThat(each.signals()).doesNotContain("cut");
      assertThat(each.breaches).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R3 a source that throws from subscribe leaves nothing on the context")
  void subscribe_throws_leavesNothingRegistered(Type type) {
    WeakReference<Probe> consumer = Memory.weak(() -> {
      var each = new Probe();
      var from = new Source();
      each.inSubscribe = () -> {
        throw new IllegalStateException("in onSubscribe");
      };
      try (var undelivered = new Undelivered()) {
        assertThat(undelivered.errors).isEmpty();
        type.subscribe(from, each, Binding.to(ctx));
      } catch (RuntimeException expected) {
        assertThat(from.subscribed).hasValue(1);
      }
      return each;
    });

    assertThat(Memory.isCollected(consumer)).isTrue();
  }
}
