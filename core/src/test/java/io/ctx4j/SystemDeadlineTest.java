package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Await;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Deadlines on the system clocks: never early, each on its own. */
class SystemDeadlineTest {
  @Test
  @DisplayName("C18 on system() a deadline never fires early")
  void withTimeout_fires_neverEarly() {
    int count = 300;
    var fired = new CountDownLatch(count);
    var early = new ConcurrentLinkedQueue<String>();
    for (int i = 0; i < count; i++) {
      long timeout = 300_000L + 53_717L * i; // odd parts of milliseconds, up to 16 ms
      long before = System.nanoTime();
      CancelCtx ctx = Ctx.background().withTimeout(Duration.ofNanos(timeout));
      ctx.onDone(() -> {
        long elapsed = System.nanoTime() - before;
        if (elapsed < timeout) {
          early.add(elapsed + " of " + timeout);
        }
        fired.countDown();
      });
    }
    Threads.await(fired);
    assertThat(early).isEmpty();
  }

  @Test
  @DisplayName(
      "C19 deadlines that each are sooner than all that the timer waits for end, by thousands")
  void withTimeout_soonerThanAll_eachWakesTheTimer() {
    try (CancelCtx later = Ctx.background().withTimeout(Duration.ofHours(1))) {
      List<Future<?>> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        var random = new Random(t);
        threads.add(Threads.start(() -> {
          for (int i = 0; i < 2_000; i++) {
            var done = new CountDownLatch(1);
            Duration timeout = Duration.ofNanos(random.nextInt(600_000));
            Ctx.background().withTimeout(timeout).onDone(done::countDown);
            Threads.await(done);
          }
        }));
      }
      threads.forEach(Threads::join);
      assertThat(later.isDone()).isFalse();
    }
  }

  @Test
  @DisplayName("C13 on system() the same instant again is equal, and counts as the parent's")
  void withDeadline_sameInstantAgain_isTheParents() {
    for (int i = 0; i < 500; i++) {
      Instant deadline = Instant.now().plusSeconds(3_600);
      try (CancelCtx parent = Ctx.background().withDeadline(deadline);
          CancelCtx child = parent.withDeadline(deadline)) {
        assertThat(child.toString()).endsWith(".withCancel");
      }
    }
  }

  @Test
  @DisplayName("C13 on system() a parent's deadline handed on is equal, and counts as the parent's")
  void withDeadline_parentsHandedOn_isTheParents() {
    for (int i = 0; i < 500; i++) {
      try (CancelCtx parent = Ctx.background().withTimeout(Duration.ofHours(1));
          CancelCtx child = parent.withDeadline(requireNonNull(parent.deadline()))) {
        assertThat(child.toString()).endsWith(".withCancel");
      }
    }
  }

  @Test
  @DisplayName("C18 nor does one that was given as an instant")
  void withDeadline_fires_neverEarly() {
    for (int i = 0; i < 50; i++) {
      Instant deadline = Instant.now().plusNanos(1_234_567);
      long before = System.nanoTime();
      CancelCtx ctx = Ctx.background().withDeadline(deadline);
      long leftAfter = Duration.between(Instant.now(), deadline).toNanos();
      Threads.until(ctx::isDone);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(leftAfter);
    }
  }

  @Test
  @DisplayName("C18 deadlines fire in any order of making, and canceled ones do not")
  void withTimeout_manyMixed_eachEndsAsItShould() {
    List<CancelCtx> soon = new ArrayList<>();
    List<CancelCtx> late = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      boolean isLate = i % 3 == 2;
      long millis = (isLate ? 3_600_000 : 300) + i * 7_919L % 500;
      (isLate ? late : soon).add(Ctx.background().withTimeout(Duration.ofMillis(millis)));
    }
    Set<CancelCtx> canceled = new HashSet<>();
    for (int i = 0; i < soon.size(); i += 2) {
      CancelCtx ctx = soon.get(i * 613 % soon.size());
      if (ctx.cancel()) { // else it was faster
        canceled.add(ctx);
      }
    }

    Threads.until(() -> soon.stream().allMatch(Ctx::isDone));
    assertThat(soon)
        .allSatisfy(ctx ->
            assertThat(ctx.err() instanceof CanceledException).isEqualTo(canceled.contains(ctx)));
    assertThat(late).noneMatch(Ctx::isDone).allMatch(CancelCtx::cancel);
  }

  @Test
  @DisplayName(
      "C19 C20 a deadline on system() takes foreign timers below it off, not on the timer's thread")
  void deadline_timersBelow_areTakenOff() {
    Await.longEnough(200, millis -> {
      var time = new HookedTime();
      var tookOff = new ConcurrentLinkedQueue<String>();
      time.inUnregister = () -> tookOff.add(Thread.currentThread().getName());
      Ctx parent = Ctx.background().withTimeout(Duration.ofMillis(millis));
      CancelCtx foreign = Ctx.merge(Ctx.root(time), parent).withTimeout(Duration.ofHours(1));
      if (parent.isDone()) { // maybe before there was anything to take off
        return false;
      }
      assertThat(time.delays()).hasSize(1); // it may be off again by now

      Threads.until(() -> !tookOff.isEmpty());

      assertThat(tookOff).containsExactly("ctx4j-worker");
      assertThat(time.live()).isZero();
      assertThat(foreign.err()).isSameAs(parent.err());
      return true;
    });
  }

  @Test
  @DisplayName(
      "C13 a child whose deadline is a moment earlier ends by its own, though both are due at once")
  void withDeadline_justBeforeParents_endsByItsOwn() {
    List<CancelCtx> parents = new ArrayList<>();
    List<CancelCtx> children = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Instant deadline = Instant.now().plusMillis(60); // comes down a level of the wheel
      CancelCtx parent = Ctx.background().withDeadline(deadline.plusNanos(100_000));
      CancelCtx child = parent.withDeadline(deadline);
      if (deadline.equals(child.deadline())) { // else this thread was held up for too long
        parents.add(parent);
        children.add(child);
      }
    }
    assertThat(children).isNotEmpty();
    for (int i = 0; i < children.size(); i++) {
      CancelCtx parent = parents.get(i);
      Threads.until(parent::isDone);
      assertThat(children.get(i).err()).isNotSameAs(parent.err());
    }
  }

  @Test
  @DisplayName("C20 a timeout that is ended, from above or by itself, leaves the timer")
  void withTimeout_ended_leavesTimer() {
    CancelCtx parent = Ctx.background().withCancel();
    CancelCtx child = parent.withTimeout(Duration.ofHours(1));
    CancelCtx grandchild = child.withCancel().withTimeout(Duration.ofMinutes(1));
    CancelCtx sibling = Ctx.background().withTimeout(Duration.ofHours(1));
    parent.cancel();
    sibling.close();

    var done = new CountDownLatch(1);
    CancelCtx expiring = Ctx.background().withTimeout(Duration.ofMillis(20));
    expiring.onDone(done::countDown);
    Threads.await(done);

    for (CancelCtx ended : List.of(child, grandchild, sibling, expiring)) {
      assertThat(SystemTime.INSTANCE.remove(timer(ended))).as(ended.toString()).isFalse();
    }
    CancelCtx live = Ctx.background().withTimeout(Duration.ofHours(1));
    assertThat(SystemTime.INSTANCE.remove(timer(live))).isTrue(); // so the question is a good one
  }

  @Test
  @DisplayName(
      "C15 a timeout's deadline, asked for late, is the instant at which it was made, and it later")
  void deadline_askedForLate_isThatOfTheMaking() {
    Duration hour = Duration.ofHours(1);
    Instant before = Instant.now();
    CancelCtx ctx = Ctx.background().withTimeout(hour);
    Instant after = Instant.now();
    Threads.until(() -> Instant.now().isAfter(after.plusMillis(50)));

    Instant asked = Instant.now();
    Instant deadline = requireNonNull(ctx.deadline());
    // both clocks are read meanwhile, one after the other
    Duration held = Duration.between(asked, Instant.now());

    assertThat(deadline)
        .isBetween(before.plus(hour).minus(held), after.plus(hour).plus(held));
    ctx.cancel();
    assertThat(ctx.withCancel().deadline()).isSameAs(deadline);
    assertThat(ctx.deadline()).isSameAs(deadline);
  }

  @Test
  @DisplayName("C15 who asks at once for a timeout's deadline gets the same instant")
  void deadline_askedForAtOnce_isOne() {
    for (int i = 0; i < 2_000; i++) {
      CancelCtx ctx = Ctx.background().withTimeout(Duration.ofHours(1));
      var seen = new Instant[2];
      Threads.race(() -> seen[0] = ctx.deadline(), () -> seen[1] = ctx.deadline());
      assertThat(seen[0]).isSameAs(seen[1]).isSameAs(ctx.deadline());
      ctx.cancel();
    }
  }

  @Test
  @DisplayName("C13 a deadline that was read off a timeout is as late as that: the parent's")
  void withDeadline_readOffTheParent_isTheParents() {
    CancelCtx parent = Ctx.background().withTimeout(Duration.ofHours(1));

    CancelCtx child = parent.withDeadline(requireNonNull(parent.deadline()));

    assertThat(child.toString()).endsWith(").withCancel");
    parent.cancel();
  }

  private static TimedNode timer(Ctx ctx) {
    return (TimedNode) requireNonNull(((Handle) ctx).node);
  }
}
