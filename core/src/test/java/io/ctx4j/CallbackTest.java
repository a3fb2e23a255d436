package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of a callback: started once, or kept from being started by one call. */
class CallbackTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final AtomicInteger ran = new AtomicInteger();
  private final Queue<Runnable> handedOver = new ArrayDeque<>();

  @Test
  @DisplayName("C26 a callback is started once, however often the context is canceled")
  void cancel_again_callbackRanOnce() {
    ctx.onDone(ran::incrementAndGet);

    ctx.cancel();
    ctx.cancel();
    ctx.close();

    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C26 a live context runs nothing inside onDone")
  void onDone_live_doesNotRun() {
    ctx.onDone(ran::incrementAndGet);
    ctx.onDone(ran::incrementAndGet, handedOver::add);

    assertThat(ran).hasValue(0);
    assertThat(handedOver).isEmpty();
  }

  @Test
  @DisplayName("C26 one Runnable registered twice is two callbacks")
  void onDone_sameRunnableTwice_runsTwice() {
    Runnable callback = ran::incrementAndGet;
    Ctx.Registration first = ctx.onDone(callback);
    ctx.onDone(callback);
    ctx.onDone(callback);

    assertThat(first.unregister()).isTrue();
    ctx.cancel();

    assertThat(ran).hasValue(2);
  }

  @Test
  @DisplayName("C26 on a done context the callback runs on this thread, before onDone returns")
  void onDone_done_runsHere() {
    ctx.cancel();
    var thread = new AtomicReference<Thread>();

    Ctx.Registration registration = ctx.onDone(() -> thread.set(Thread.currentThread()));

    assertThat(thread.get()).isSameAs(Thread.currentThread());
    assertThat(registration.unregister()).isFalse();
    assertThat(registration.unregister()).isFalse();
  }

  @Test
  @DisplayName("C26 on a done context the callback is handed to the executor before onDone returns")
  void onDone_doneWithExecutor_isHandedOver() {
    ctx.cancel();

    Ctx.Registration registration = ctx.onDone(ran::incrementAndGet, handedOver::add);

    assertThat(handedOver).hasSize(1);
    assertThat(ran).hasValue(0);
    assertThat(registration.unregister()).isFalse();
    handedOver.remove().run();
    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C26 the same holds for every way of having become done")
  void onDone_doneInAnyWay_runsHere() {
    ctx.cancel();
    List<Ctx> done = List.of(
        ctx.withCancel(),
        ctx.withValue(USER, "u"),
        ctx.withName("n"),
        ctx.withTimeout(Duration.ofHours(1)),
        Ctx.merge(Ctx.background().withCancel(), ctx),
        Ctx.background().withTimeout(Duration.ZERO));

    done.forEach(each -> each.onDone(ran::incrementAndGet));

    assertThat(ran).hasValue(done.size());
  }

  @Test
  @DisplayName("C26 a callback added by a callback of the same context runs inside onDone")
  void onDone_insideCallback_runsThere() {
    var log = new ArrayList<String>();
    ctx.onDone(() -> {
      log.add("in");
      ctx.onDone(() -> log.add("added"));
      log.add("out");
    });
    ctx.onDone(() -> log.add("next"));

    ctx.cancel();

    assertThat(log).containsExactly("in", "added", "out", "next");
  }

  @Test
  @DisplayName("C27 unregister is true for one call, and the callback never runs")
  void unregister_live_isTrueOnce() {
    Ctx.Registration registration = ctx.onDone(ran::incrementAndGet);

    assertThat(registration.unregister()).isTrue();
    assertThat(registration.unregister()).isFalse();
    ctx.cancel();

    assertThat(ran).hasValue(0);
    assertThat(registration.unregister()).isFalse();
  }

  @Test
  @DisplayName("C27 unregister is true also for one with an executor, and nothing is handed over")
  void unregister_liveWithExecutor_isTrueOnce() {
    Ctx.Registration registration = ctx.onDone(ran::incrementAndGet, handedOver::add);

    assertThat(registration.unregister()).isTrue();
    assertThat(registration.unregister()).isFalse();
    ctx.cancel();

    assertThat(handedOver).isEmpty();
  }

  @Test
  @DisplayName("C27 after it ran unregister is false")
  void unregister_afterRun_isFalse() {
    Ctx.Registration registration = ctx.onDone(ran::incrementAndGet);

    ctx.cancel();

    assertThat(registration.unregister()).isFalse();
    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C27 inside the callback unregister is false")
  void unregister_insideCallback_isFalse() {
    var registration = new Box<Ctx.Registration>();
    var result = new AtomicReference<Boolean>();
    registration.set(ctx.onDone(() -> result.set(registration.get().unregister())));

    ctx.cancel();

    assertThat(result.get()).isFalse();
  }

  @Test
  @DisplayName("C27 handed to an executor counts as started")
  void unregister_handedOver_isFalse() {
    Ctx.Registration registration = ctx.onDone(ran::incrementAndGet, handedOver::add);

    ctx.cancel();

    assertThat(registration.unregister()).isFalse();
    handedOver.remove().run();
    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C27 inside the executor's execute unregister is false")
  void unregister_insideExecute_isFalse() {
    var registration = new Box<Ctx.Registration>();
    var result = new AtomicReference<Boolean>();
    registration.set(ctx.onDone(ran::incrementAndGet, task -> {
      result.set(registration.get().unregister());
      task.run();
    }));

    ctx.cancel();

    assertThat(result.get()).isFalse();
    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C27 a callback that was not started yet can be kept from it by an earlier one")
  void unregister_byEarlierCallback_isTrue() {
    var later = new ArrayList<Ctx.Registration>();
    var results = new ArrayList<Boolean>();
    ctx.onDone(() -> later.forEach(each -> results.add(each.unregister())));
    later.add(ctx.onDone(ran::incrementAndGet));
    later.add(ctx.onDone(ran::incrementAndGet, handedOver::add));
    later.add(ctx.withCancel().onDone(ran::incrementAndGet));

    ctx.cancel();

    assertThat(results).containsExactly(true, true, true);
    assertThat(ran).hasValue(0);
    assertThat(handedOver).isEmpty();
    assertThat(later).noneMatch(Ctx.Registration::unregister);
  }

  @Test
  @DisplayName("C27 unregister does not wait for a callback that runs")
  void unregister_whileRunning_isFalseAtOnce() {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Ctx.Registration registration = ctx.onDone(() -> {
      entered.countDown();
      Threads.await(release);
    });
    Future<?> canceling = Threads.start(ctx::cancel);
    Threads.await(entered);

    assertThat(registration.unregister()).isFalse();
    release.countDown();
    Threads.join(canceling);
  }

  @Test
  @DisplayName("C27 taking one off keeps the others: first, middle, last, only")
  void unregister_anywhere_theOthersRun() {
    for (int taken = 0; taken < 4; taken++) {
      CancelCtx each = Ctx.background().withCancel();
      var log = new ArrayList<Integer>();
      var registrations = new ArrayList<Ctx.Registration>();
      for (int i = 0; i < 4; i++) {
        int number = i;
        registrations.add(each.onDone(() -> log.add(number)));
      }
      assertThat(registrations.get(taken).unregister()).isTrue();
      each.onDone(() -> log.add(4));

      each.cancel();

      var expected = new ArrayList<>(List.of(0, 1, 2, 3, 4));
      expected.remove(Integer.valueOf(taken));
      assertThat(log).isEqualTo(expected);
    }
  }

  @Test
  @DisplayName("C27 with all taken off the context takes new ones")
  void unregister_all_newOnesRun() {
    for (int i = 0; i < 3; i++) {
      Ctx.Registration first = ctx.onDone(ran::incrementAndGet);
      Ctx.Registration second = ctx.onDone(ran::incrementAndGet);
      assertThat(second.unregister()).isTrue();
      assertThat(first.unregister()).isTrue();
    }
    ctx.onDone(ran::incrementAndGet);

    ctx.cancel();

    assertThat(ran).hasValue(1);
  }
}
