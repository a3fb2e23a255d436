package io.ctx4j.stress;

import static io.ctx4j.Striped.striped;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.Ctx.Registration;
import io.ctx4j.CtxException;
import io.ctx4j.CtxKey;
import io.ctx4j.stress.Twin.Attempt;
import io.ctx4j.stress.Twin.End;
import io.ctx4j.stress.Twin.Listening;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Trees that are derived, merged, detached, listened to, canceled and expired at random, against a
 * model.
 *
 * <p>On one thread the model does each step too, and everything is compared after it. On several
 * threads nobody knows the order of the steps; there the outcome must be one that some order
 * explains. {@code -Dtrees.seed=…} repeats the steps, {@code -Dtrees.rounds=…} makes it longer. It
 * is for rules that do not fit together and for torn registers; narrow windows are the business of
 * the races of this module.
 */
class RandomTreesTest {
  private static final CtxKey<Integer> KEY = CtxKey.named("key");
  private static final long SEED = Long.getLong("trees.seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("trees.rounds", 50);
  private static final int THREADS = 3;

  @BeforeAll
  static void printSeed() {
    System.out.println("random trees: -Dtrees.seed=" + SEED + " -Dtrees.rounds=" + ROUNDS);
  }

  @Test
  @DisplayName("C1 C3 C7 C13 C14 C24 C26 C27 a tree does step by step what its model does")
  void tree_onOneThread_doesAsItsModel() {
    for (int round = 0; round < ROUNDS; round++) {
      new Alone(SEED + round).run(120);
    }
  }

  @Test
  @DisplayName("C1 C3 C5 C6 C20 C24 C25 C26 C27 some order of steps explains what a tree did")
  void tree_onSeveralThreads_isExplainedByItsModel() throws Exception {
    for (int round = 0; round < 5 * ROUNDS; round++) {
      new Together(SEED + round).run(30);
    }
  }

  /** A tree on its clock, and the steps that both tests have. */
  private abstract static class Tree {
    final long seed;
    final Timers timers = new Timers();
    final CancelCtx top = Ctx.root(timers).withCancel();
    final List<Twin> twins = new CopyOnWriteArrayList<>();

    Tree(long seed) {
      this.seed = seed;
      twins.add(Twin.child(top));
    }

    /** Any of them, but every other time one that is young: there the others are at work, too. */
    Twin pick(Random random) {
      int size = twins.size();
      int young = random.nextBoolean() ? Math.min(size, 6) : size;
      return twins.get(size - 1 - random.nextInt(young));
    }

    void derive(Random random) {
      Twin on = pick(random);
      twins.add(
          switch (random.nextInt(8)) {
            case 0 -> Twin.layer(on.real.withValue(KEY, 1), on);
            case 1 -> Twin.layer(on.real.withName("name"), on);
            case 2 ->
              random.nextInt(4) > 0
                  ? Twin.child(on.real.withCancel(), on)
                  : Twin.root(on.real.withoutCancel());
            case 3, 4 -> {
              int seconds = random.nextInt(12) - 1;
              long now = timers.seconds();
              Ctx child = on.real.withTimeout(Duration.ofSeconds(seconds));
              yield timed(child, on, now + seconds, now);
            }
            case 5 -> {
              Twin second = pick(random);
              Twin third = pick(random);
              yield Twin.child(Ctx.merge(on.real, second.real, third.real), on, second, third);
            }
            case 6 -> Twin.child(striped(on.real.withCancel()), on);
            default -> Twin.child(on.real.withCancel(), on);
          });
    }

    /** A context with a timeout, derived when the clock stood at {@code now}. */
    abstract Twin timed(Ctx child, Twin on, long deadline, long now);

    String at(Twin twin) {
      List<Integer> parents = twin.parents.stream().map(twins::indexOf).toList();
      return "seed " + seed + ", " + twins.indexOf(twin) + " below " + parents + ": " + twin.real;
    }
  }

  /** One thread: the model takes every step as well. */
  private static final class Alone extends Tree {
    private final Random random;
    private final List<Listening> ran = new ArrayList<>();
    private final Map<End, CtxException> errs = new HashMap<>();

    Alone(long seed) {
      super(seed);
      random = new Random(seed);
    }

    void run(int steps) {
      for (int i = 0; i < steps; i++) {
        switch (random.nextInt(10)) {
          case 0, 1 -> register(pick(random));
          case 2 -> unregister(pick(random));
          case 3 -> cancel(pick(random));
          case 4 -> advance();
          default -> derive(random);
        }
        twins.forEach(this::compare);
      }
      top.cancel();
      assertThat(timers.pending()).as("C20 timers left, seed %s", seed).isEqualTo((int)
          twins.stream().filter(this::isArmed).count());
    }

    @Override
    Twin timed(Ctx child, Twin on, long deadline, long now) {
      return Twin.timed(child, on, deadline, now);
    }

    /** Below a detached one. */
    private boolean isArmed(Twin twin) {
      return twin.timed && !twin.real.isDone();
    }

    private void register(Twin twin) {
      var callback = new Listening(twin);
      boolean live = twin.end == null;
      callback.registration = twin.real.onDone(() -> {
        callback.runs.incrementAndGet();
        ran.add(callback);
      });
      if (live && twin.real.isCancelable()) {
        twin.callbacks.add(callback);
      }
      ran.clear();
      assertThat(callback.runs.get()).as(() -> at(twin)).isEqualTo(live ? 0 : 1);
    }

    private void unregister(Twin twin) {
      Listening callback = twin.callbacks.poll();
      if (callback != null) {
        Registration registration = requireNonNull(callback.registration);
        assertThat(registration.unregister()).as(() -> at(twin)).isTrue();
        assertThat(registration.unregister()).as(() -> at(twin)).isFalse();
      }
    }

    private void cancel(Twin twin) {
      CancelCtx ctx = twin.cancelable();
      if (ctx == null) {
        return;
      }
      boolean live = twin.end == null;
      var cause = new Exception("canceled");
      boolean close = random.nextInt(4) == 0;
      if (close) {
        ctx.close();
      } else {
        assertThat(ctx.cancel(cause)).as(() -> at(twin)).isEqualTo(live);
      }
      List<Listening> told = new ArrayList<>();
      twin.base().end(close ? new End("closed", null) : new End("canceled", cause), told);
      compare(told);
    }

    private void advance() {
      int seconds = random.nextInt(3);
      timers.advance(seconds);
      List<Listening> told = new ArrayList<>();
      twins.stream()
          .filter(twin -> twin.timed && twin.deadline <= timers.seconds())
          .sorted(Comparator.comparingLong(twin -> twin.deadline))
          .forEach(twin -> twin.end(new End("deadline", null), told));
      compare(told);
    }

    /** C26: the ones that the model names have run, no others; in an order that C7 allows. */
    private void compare(List<Listening> told) {
      assertThat(ran).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(told);
      Map<Twin, Integer> last = new HashMap<>();
      for (int i = 0; i < ran.size(); i++) {
        last.put(ran.get(i).on.base(), i);
      }
      for (int i = 0; i < ran.size(); i++) {
        Twin base = ran.get(i).on.base();
        if (base.parents.size() == 1) {
          Twin parent = base.parents.get(0).base();
          if (parent.end == base.end) {
            assertThat(last.getOrDefault(parent, -1)).as(() -> "C7 " + at(base)).isLessThan(i);
          }
        }
      }
      ran.clear();
    }

    private void compare(Twin twin) {
      Instant deadline = twin.real.deadline();
      assertThat(deadline == null ? Long.MAX_VALUE : deadline.getEpochSecond())
          .as(() -> "C15 " + at(twin))
          .isEqualTo(twin.deadline);
      CtxException err = twin.real.err();
      End end = twin.end;
      assertThat(err != null).as(() -> "done, " + at(twin)).isEqualTo(end != null);
      assertThat(twin.real.isDone()).as(() -> at(twin)).isEqualTo(end != null);
      if (err == null || end == null) {
        return;
      }
      String kind = !(err instanceof CanceledException canceled)
          ? "deadline"
          : canceled.isClosed() ? "closed" : "canceled";
      assertThat(kind).as(() -> at(twin)).isEqualTo(end.kind);
      assertThat(twin.real.cause())
          .as(() -> at(twin))
          .isSameAs(end.cause == null ? err : end.cause);
      assertThat(errs.computeIfAbsent(end, first -> err))
          .as(() -> "C3 " + at(twin))
          .isSameAs(err);
    }
  }

  /** Several threads: what each saw is written down, and must fit together afterwards. */
  private static final class Together extends Tree {
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final Queue<Listening> callbacks = new ConcurrentLinkedQueue<>();

    /**
     * By how much the clock moved on while a timeout was converted, at most: so late it may fire
     * (C18).
     */
    private final AtomicLong slip = new AtomicLong();

    Together(long seed) {
      super(seed);
    }

    @Override
    Twin timed(Ctx child, Twin on, long deadline, long now) {
      slip.accumulateAndGet(timers.seconds() - now, Math::max);
      return Twin.timed(child, on);
    }

    void run(int steps) throws InterruptedException {
      together(thread -> {
        var random = new Random(THREADS * seed + thread);
        for (int step = 0; step < steps; step++) {
          step(random, thread == 0);
        }
      });
      timers.advance(0);
      twins.forEach(this::explain);
      callbacks.forEach(this::explain);
      close();
      assertThat(broken).as("seed %s", seed).isEmpty();
    }

    /** Runs something on all threads, which begin as nearly at once as can be had. */
    private void together(IntConsumer body) throws InterruptedException {
      var missing = new AtomicInteger(THREADS);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        var thread = new Thread(() -> {
          try {
            missing.decrementAndGet();
            while (missing.get() > 0) {
              Thread.onSpinWait();
            }
            body.accept(number);
          } catch (Throwable e) {
            broken.add("thrown: " + e);
          }
        });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private void step(Random random, boolean keepsTime) {
      Twin twin = pick(random);
      switch (random.nextInt(10)) {
        case 0, 1 -> register(twin);
        case 2 -> twin.callbacks.forEach(this::unregister);
        case 3 -> cancel(twin);
        case 4 -> {
          if (keepsTime) {
            timers.advance(1);
          }
        }
        default -> derive(random);
      }
    }

    private void register(Twin twin) {
      var callback = new Listening(twin);
      callback.registration = twin.real.onDone(() -> {
        callback.runs.incrementAndGet();
        look(twin, "C6 a callback saw a live context below its own: ");
      });
      callbacks.add(callback);
      twin.callbacks.add(callback);
    }

    /** All that was below a context when this began is done. */
    private void look(Twin from, String otherwise) {
      Set<Twin> seen = new HashSet<>();
      List<Twin> open = new ArrayList<>(List.of(from));
      while (!open.isEmpty()) {
        Twin twin = open.remove(open.size() - 1);
        if (seen.add(twin)) {
          if (!twin.real.isDone()) {
            broken.add(otherwise + at(twin));
          }
          open.addAll(twin.children);
        }
      }
    }

    private void unregister(Listening callback) {
      if (requireNonNull(callback.registration).unregister()) {
        callback.unregistered.incrementAndGet();
      }
    }

    private void cancel(Twin twin) {
      CancelCtx ctx = twin.cancelable();
      if (ctx != null) {
        var cause = new Exception("canceled");
        twin.base().attempts.add(new Attempt(cause, ctx.cancel(cause)));
        look(twin, "C5 cancel returned and this is live: ");
      }
    }

    private void explain(Twin twin) {
      CtxException err = twin.real.err();
      Throwable cause = twin.real.cause();
      long now = timers.seconds();
      boolean expired = twin.timed && twin.deadline <= now;
      boolean ended = !twin.attempts.isEmpty()
          || twin.parents.stream().anyMatch(parent -> parent.real.isDone());
      if (twin.real.isDone()) {
        check(ended || expired, "C5 done, and nothing ended it: ", twin);
      } else {
        boolean due = twin.timed && twin.deadline + slip.get() <= now;
        check(!ended && !due, "C5 live, and something ended it: ", twin);
      }
      for (Attempt attempt : twin.attempts) {
        check(attempt.won() == (attempt.cause() == cause), "C1 the cause is the winner's: ", twin);
      }
      if (err != null) {
        boolean own = twin.attempts.stream().anyMatch(Attempt::won);
        boolean above = twin.parents.stream().anyMatch(parent -> parent.real.err() == err);
        boolean late = expired && !(err instanceof CanceledException);
        check(twin == twins.get(0) || own || above || late, "C3 nobody above has this err: ", twin);
      }
    }

    private void explain(Listening callback) {
      int runs = callback.runs.get();
      int fates = runs + callback.unregistered.get();
      Ctx ctx = callback.on.real;
      if (ctx.isDone()) {
        check(fates == 1, "C27 run and unregistered: " + fates, callback.on);
      } else if (ctx.isCancelable()) {
        check(runs == 0 && fates <= 1, "C26 ran on a live context: ", callback.on);
      }
    }

    /** C20, C25: what leaves one by one leaves nothing behind. */
    private void close() throws InterruptedException {
      together(thread -> {
        for (Listening callback : callbacks) {
          requireNonNull(callback.registration).unregister();
        }
        for (int i = twins.size() - 1 - thread; i > 0; i -= THREADS) {
          CancelCtx ctx = twins.get(i).cancelable();
          if (ctx != null && twins.get(i).base() != twins.get(0)) {
            ctx.close();
          }
        }
      });
      check(Register.isEmpty(top), "C25 something is left below: ", twins.get(0));
      check(timers.pending() == 0, "C20 timers are left: ", twins.get(0));
    }

    private void check(boolean holds, String clause, Twin twin) {
      if (!holds) {
        broken.add(clause + at(twin));
      }
    }
  }
}
