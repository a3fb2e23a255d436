package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Listeners that several threads register stand in stripes, and keep the order that callbacks have
 * (C7).
 */
class ListenerStripesTest {
  private static final int THREADS = 3;

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Node node = requireNonNull(((Handle) ctx).node);
  private final List<Entry> called = new ArrayList<>();
  private final List<ExecutorService> threads = new ArrayList<>();

  ListenerStripesTest() {
    for (int i = 0; i < THREADS; i++) {
      threads.add(Executors.newSingleThreadExecutor());
    }
  }

  @AfterEach
  void stop() {
    threads.forEach(ExecutorService::shutdownNow);
  }

  /** Of one thread, by a number that all have. */
  private final class Entry extends Listening {
    final int number;
    final int thread;
    final boolean callback;
    Ctx.Registration registration = this::unlisten;

    Entry(int number, int thread, boolean callback) {
      this.number = number;
      this.thread = thread;
      this.callback = callback;
    }

    void register(Ctx on) {
      if (callback) {
        registration = on.onDone(() -> called.add(this));
      } else {
        assertThat(listen(on)).isTrue();
      }
    }

    @Override
    protected void onDone(CtxException err) {
      super.onDone(err);
      called.add(this);
    }

    /** Whether it is promised that this is called before one that was registered later. */
    boolean isBefore(Entry later) {
      return callback || later.callback || thread == later.thread;
    }

    @Override
    public String toString() {
      return (callback ? "callback " : "listener ") + number + " of thread " + thread;
    }
  }

  private void on(int thread, Runnable body) {
    Threads.join(threads.get(thread).submit(body));
  }

  private Entry listenOn(int thread, int number) {
    var entry = new Entry(number, thread, false);
    on(thread, () -> entry.register(ctx));
    return entry;
  }

  /** So many that stripes are opened. */
  private List<Entry> listenByTurns(int times) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      entries.add(listenOn(i % THREADS, i));
    }
    return entries;
  }

  private List<Node> stripes() {
    return node.registered().stream().filter(Stripe.class::isInstance).toList();
  }

  @Test
  @DisplayName("C7 listeners of threads in turns register in stripes; those of one thread do not")
  void listen_byTurns_opensStripes() {
    for (int i = 0; i < 1_000; i++) {
      new Entry(i, 0, false).register(ctx);
    }
    assertThat(stripes()).isEmpty();

    listenByTurns(100);

    assertThat(stripes()).hasSizeBetween(1, THREADS);
  }

  @Test
  @DisplayName("C5 all listeners in stripes are told, once, and before cancel returns")
  void cancel_stripes_allAreTold() {
    List<Entry> entries = listenByTurns(300);

    ctx.cancel();

    assertThat(entries).allSatisfy(entry -> assertThat(entry.errs()).containsExactly(ctx.err()));
    assertThat(called).hasSize(300);
  }

  @Test
  @DisplayName("C25 a listener leaves its stripe, by whatever thread, and is not told")
  void unlisten_inStripe_isGone() {
    List<Entry> entries = listenByTurns(300);

    assertThat(entries).allMatch(entry -> entry.unlisten()).noneMatch(entry -> entry.unlisten());
    ctx.cancel();

    assertThat(called).isEmpty();
  }

  @Test
  @DisplayName("C14 who knows that a context is done is refused, in whatever stripe he would be")
  void listen_done_isRefused() {
    listenByTurns(300);
    ctx.cancel();

    for (int thread = 0; thread < THREADS; thread++) {
      var late = new Entry(0, thread, false);
      on(thread, () -> assertThat(late.listen(ctx)).isFalse());
    }
    Threads.elsewhere(() -> assertThat(new Entry(0, 0, false).listen(ctx)).isFalse());
  }

  @Test
  @DisplayName("C7 the callbacks of a child come after the listeners in its parent's stripes")
  void cancel_childBetweenStripes_comesLater() {
    List<Entry> entries = new ArrayList<>(listenByTurns(100));
    var child = ctx.withCancel();
    var merged = Ctx.merge(ctx, Ctx.background().withCancel());
    var below = List.of(new Entry(-1, 0, false), new Entry(-2, 0, true), new Entry(-3, 0, true));
    below.get(0).register(child);
    below.get(1).register(child);
    below.get(2).register(merged);
    entries.addAll(listenByTurns(100));

    ctx.cancel();

    assertThat(called.subList(0, 200)).containsExactlyInAnyOrderElementsOf(entries);
    assertThat(called.subList(200, 203)).containsExactlyInAnyOrderElementsOf(below);
  }

  @Test
  @DisplayName(
      "C7 callbacks by turns with listeners close stripes so often, and no more are opened")
  void onDone_again_stripesAreBounded() {
    for (int round = 0; round < 30; round++) {
      listenByTurns(200);
      new Entry(round, 0, true).register(ctx);
    }

    assertThat(stripes()).hasSizeBetween(8, 8 * THREADS);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10, 100, 1_000})
  @DisplayName(
      "C7 a callback has its place among listeners of all threads, a listener among its thread's")
  void cancel_random_orderHolds(int seldom) {
    for (int seed = 0; seed < 5; seed++) {
      var random = new Random(seed);
      CancelCtx each = Ctx.background().withCancel();
      List<Entry> live = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        int thread = random.nextInt(THREADS);
        if (random.nextInt(5) == 0 && !live.isEmpty()) {
          Entry leaving = live.remove(random.nextInt(live.size()));
          on(thread, () -> assertThat(leaving.registration.unregister()).isTrue());
        } else {
          var entry = new Entry(i, thread, random.nextInt(seldom) == 0);
          on(thread, () -> entry.register(each));
          live.add(entry);
        }
      }
      called.clear();

      each.cancel();

      assertThat(called).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(live);
      assertOrder(seed);
    }
  }

  private void assertOrder(int seed) {
    for (int i = 0; i < called.size(); i++) {
      Entry first = called.get(i);
      for (Entry second : called.subList(i + 1, called.size())) {
        if (second.number < first.number) {
          assertThat(second.isBefore(first))
              .as("seed %s: %s was called after %s", seed, second, first)
              .isFalse();
        }
      }
    }
  }

  @Test
  @DisplayName(
      "C5 C7 listeners come and go on all threads while the context ends: each is told once, or refused")
  void cancel_whileListening_noneIsLost() {
    for (int round = 0; round < 100; round++) {
      CancelCtx each = Ctx.background().withCancel();
      List<List<Listening>> kept = new ArrayList<>();
      Runnable[] bodies = new Runnable[THREADS + 1];
      var refused = new AtomicBoolean();
      for (int thread = 0; thread < THREADS; thread++) {
        List<Listening> mine = new ArrayList<>();
        kept.add(mine);
        bodies[thread] = () -> {
          for (int i = 0; i < 300; i++) {
            var listener = new Listening();
            if (!listener.listen(each)) {
              refused.set(true);
              break;
            }
            if (i % 3 != 0 || !listener.unlisten()) {
              mine.add(listener);
            }
          }
        };
      }
      bodies[THREADS] = () -> {
        Threads.elsewhere(() -> {});
        each.cancel();
      };
      Threads.race(bodies);

      assertThat(kept)
          .allSatisfy(mine -> assertThat(mine)
              .allSatisfy(listener -> assertThat(listener.errs()).containsExactly(each.err())));
    }
  }
}
