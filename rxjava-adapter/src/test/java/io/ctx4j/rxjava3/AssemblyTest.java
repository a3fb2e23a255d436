package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What compose() makes of a source, and what it takes. */
class AssemblyTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final CtxTransformer<Integer> binding = RxCtxOps.bind(ctx);

  @AfterEach
  void resetHooks() {
    RxJavaPlugins.reset();
  }

  @Test
  @DisplayName("X1 R8 bound to a context that can never be done, the source itself comes out")
  void apply_neverDone_isTheSource() {
    for (Ctx never : List.of(Ctx.background(), Ctx.todo(), ctx.withoutCancel())) {
      CtxTransformer<Integer> nothing = RxCtxOps.bind(never);
      Flowable<Integer> flowable = Flowable.never();
      Observable<Integer> observable = Observable.never();
      Single<Integer> single = Single.never();
      Maybe<Integer> maybe = Maybe.never();
      Completable completable = Completable.never();

      assertThat(flowable.compose(nothing)).isSameAs(flowable);
      assertThat(observable.compose(nothing)).isSameAs(observable);
      assertThat(single.compose(nothing)).isSameAs(single);
      assertThat(maybe.compose(nothing)).isSameAs(maybe);
      assertThat(completable.compose(nothing)).isSameAs(completable);
      assertThat(single.compose(RxCtxOps.withTimeout(never, Duration.ofDays(1))))
          .isNotSameAs(single);
    }
  }

  @Test
  @DisplayName("X1 the operators go through RxJava's assembly hooks")
  void apply_withHooks_isSeen() {
    List<Object> seen = new ArrayList<>();
    Flowable<Integer> flowable = Flowable.never();
    Observable<Integer> observable = Observable.never();
    Single<Integer> single = Single.never();
    Maybe<Integer> maybe = Maybe.never();
    Completable completable = Completable.never();
    RxJavaPlugins.setOnFlowableAssembly(each -> record(seen, each));
    RxJavaPlugins.setOnObservableAssembly(each -> record(seen, each));
    RxJavaPlugins.setOnSingleAssembly(each -> record(seen, each));
    RxJavaPlugins.setOnMaybeAssembly(each -> record(seen, each));
    RxJavaPlugins.setOnCompletableAssembly(each -> record(seen, each));

    List<Object> bound = List.of(
        binding.apply(flowable),
        binding.apply(observable),
        binding.apply(single),
        binding.apply(maybe),
        binding.apply(completable));

    assertThat(seen).isEqualTo(bound);
  }

  private static <T> T record(List<Object> seen, T assembled) {
    seen.add(assembled);
    return assembled;
  }

  @Test
  @DisplayName("X1 one transformer serves any number of streams and types")
  void apply_manyTimes_bindsEach() {
    var first = Flowable.<Integer>never().compose(binding).test();
    var second = Flowable.<Integer>never().compose(binding).test();
    var third = Maybe.<Integer>never().compose(binding).test();
    var fourth = Completable.never().compose(binding).test();

    ctx.cancel();

    first.assertNotComplete().assertError(thrown -> thrown != null);
    second.assertError(thrown -> thrown != null);
    third.assertError(thrown -> thrown != null);
    fourth.assertError(thrown -> thrown != null);
  }

  @Test
  @DisplayName("C31 null is a NullPointerException with the parameter's name, at assembly")
  @SuppressWarnings("NullAway") // on purpose
  void call_withNull_throws() {
    assertNull("ctx", () -> RxCtxOps.bind(null));
    assertNull("parent", () -> RxCtxOps.withTimeout(null, Duration.ZERO));
    assertNull("timeout", () -> RxCtxOps.withTimeout(ctx, null));
    assertNull("ctx", () -> RxCtxOps.done(null));
    assertNull("scheduler", () -> RxCtxOps.timeSource(null));
    assertNull("upstream", () -> binding.apply((Flowable<Integer>) null));
    assertNull("upstream", () -> binding.apply((Observable<Integer>) null));
    assertNull("upstream", () -> binding.apply((Single<Integer>) null));
    assertNull("upstream", () -> binding.apply((Maybe<Integer>) null));
    assertNull("upstream", () -> binding.apply((Completable) null));
    var time = RxCtxOps.timeSource(Schedulers.single());
    assertNull("task", () -> time.schedule(null, Duration.ofSeconds(1)));
    assertNull("delay", () -> time.schedule(() -> {}, null));
  }

  private static void assertNull(String name, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class).hasMessage(name);
  }
}
