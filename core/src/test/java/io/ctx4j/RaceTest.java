package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two things at once: one of the two allowed outcomes, every time. A smoke test; jcstress is the
 * proof.
 */
@Tag("race")
class RaceTest {
  private static final int ROUNDS = 2_000;

  private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();

  private void check(boolean holds, String otherwise) {
    if (!holds) {
      broken.add(otherwise);
    }
  }

  @Test
  @DisplayName("C1 of several cancellations at once one wins, and its cause is the cause")
  void cancel_byMany_oneWins() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var winners = new CopyOnWriteArrayList<Throwable>();
      List<Runnable> cancels = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        var cause = new Exception("of " + i);
        cancels.add(() -> {
          if (ctx.cancel(cause)) {
            winners.add(cause);
          }
        });
      }
      Threads.race(cancels.toArray(Runnable[]::new));
      assertThat(winners).hasSize(1);
      assertThat(ctx.cause()).isSameAs(winners.get(0));
    }
  }

  @Test
  @DisplayName("C4 who sees one of done, err, cause and the signal sees all; err never changes")
  void read_whileCanceling_isConsistent() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx parent = Ctx.background().withCancel();
      CancelCtx ctx = parent.withCancel();
      var why = new Exception();
      int first = round % 3;
      Threads.race(() -> parent.cancel(why), () -> {
        Threads.until(
            () -> first == 0 ? ctx.isDone() : first == 1 ? ctx.cause() != null : ctx.err() != null);
        CtxException err = ctx.err();
        check(ctx.isDone() && err != null && ctx.cause() == why, "C4 not all three");
        check(Signals.of(ctx).events().contains("onComplete"), "C4 no signal");
        check(ctx.err() == err && err == parent.err(), "C1 err changed");
      });
    }
    assertThat(broken).isEmpty();
  }

  @Test
  @DisplayName("C27 cancel and unregister at once: started, or unregistered, never both or neither")
  void unregister_whileCanceling_isOneOfTheTwo() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var ran = new AtomicInteger();
      var kept = new AtomicInteger();
      ctx.onDone(() -> {});
      Ctx.Registration registration = ctx.onDone(ran::incrementAndGet);
      ctx.onDone(() -> {});
      Runnable unregister = () -> {
        if (registration.unregister()) {
          kept.incrementAndGet();
        }
      };
      Threads.race(ctx::cancel, unregister, unregister);
      assertThat(ran.get() + kept.get()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("C27 cancel and unlisten at once: told, or taken off")
  void unlisten_whileCanceling_isOneOfTheTwo() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var kept = new AtomicInteger();
      var listener = new Listening();
      listener.listen(ctx);
      Threads.race(ctx::cancel, () -> {
        if (listener.unlisten()) {
          kept.incrementAndGet();
        }
      });
      assertThat(listener.errs().size() + kept.get()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("C26 cancel and onDone at once: started once, whoever starts it")
  void onDone_whileCanceling_isStartedOnce() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var ran = new AtomicInteger();
      Threads.race(
          ctx::cancel,
          () -> {
            for (int i = 0; i < 10; i++) {
              ctx.onDone(ran::incrementAndGet);
            }
          },
          () -> {
            for (int i = 0; i < 10; i++) {
              ctx.onDone(ran::incrementAndGet, Runnable::run);
            }
          });
      assertThat(ran).hasValue(20);
    }
  }

  @Test
  @DisplayName("C34 cancel and listen at once: told, or listen was false")
  void listen_whileCanceling_isToldOrFalse() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var listener = new Listening();
      var refused = new AtomicInteger();
      Threads.race(ctx::cancel, () -> {
        if (!listener.listen(ctx)) {
          refused.incrementAndGet();
        }
      });
      assertThat(listener.errs().size() + refused.get()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("C3 cancel and derive at once: the child is done, with the parent's err and cause")
  void derive_whileCanceling_childIsDone() {
    var time = new HookedTime();
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx ctx = Ctx.root(time).withCancel();
      var why = new Exception();
      List<Ctx> children = new ArrayList<>();
      var told = new AtomicInteger();
      Threads.race(() -> ctx.cancel(why), () -> {
        for (int i = 0; i < 5; i++) {
          children.add(ctx.withCancel());
          children.add(ctx.withTimeout(Duration.ofSeconds(1)));
          children.add(Ctx.merge(Ctx.background(), ctx));
          children.add(children.get(children.size() - 1).withCancel());
        }
        children.forEach(child -> child.onDone(told::incrementAndGet));
      });
      for (Ctx child : children) {
        assertThat(child.err()).isNotNull().isSameAs(ctx.err());
        assertThat(child.cause()).isSameAs(why);
      }
      assertThat(told).hasValue(children.size());
      assertThat(time.live()).isZero();
    }
  }

  @Test
  @DisplayName("C1 deadline and cancel at once: one of the two, and the callback once")
  void deadline_whileCanceling_isOneOfTheTwo() {
    var why = new Exception("canceled");
    var late = new Exception("late");
    for (int round = 0; round < ROUNDS; round++) {
      var time = new HookedTime();
      CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(1), () -> late);
      CancelCtx child = ctx.withCancel();
      var told = new AtomicInteger();
      var won = new AtomicInteger();
      child.onDone(told::incrementAndGet);
      Threads.race(
          () -> {
            if (ctx.cancel(why)) {
              won.incrementAndGet();
            }
          },
          () -> time.advance(Duration.ofSeconds(1)));
      assertThat(told).hasValue(1);
      assertThat(ctx.cause()).isSameAs(won.get() == 1 ? why : late);
      assertThat(ctx.err() instanceof CanceledException).isEqualTo(won.get() == 1);
      assertThat(child.err()).isSameAs(ctx.err());
      assertThat(time.live()).isZero();
    }
  }

  private static final class Plain {
    int before;
    int written;
  }

  @Test
  @DisplayName(
      "C12 what happened before cancel is seen by callbacks and by reads that show it done")
  void cancel_afterWrite_isSeen() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx root = Ctx.background().withCancel();
      CancelCtx ctx = root.withCancel();
      var plain = new Plain();
      plain.before = 1;
      Threads.race(
          () -> {
            plain.written = 1;
            root.cancel();
          },
          () -> {
            ctx.onDone(() -> check(plain.written == 1, "C12 a callback"));
            ctx.onDone(() -> check(plain.before == 1, "C12 before onDone"), Runnable::run);
            Signals.of(ctx);
          },
          () -> {
            CtxException err = null;
            while (err == null) {
              err = ctx.err();
              Thread.onSpinWait();
            }
            check(plain.written == 1, "C12 a read");
          });
    }
    assertThat(broken).isEmpty();
  }

  @Test
  @DisplayName("C11 children that leave at once leave a whole register")
  void cancel_ofSiblingsAtOnce_registerStaysWhole() {
    for (int round = 0; round < ROUNDS / 4; round++) {
      CancelCtx parent = Ctx.background().withCancel();
      List<CancelCtx> children = new ArrayList<>();
      var told = new AtomicInteger();
      for (int i = 0; i < 40; i++) {
        children.add(parent.withCancel());
        parent.onDone(told::incrementAndGet);
      }
      Threads.race(() -> cancel(children, 0), () -> cancel(children, 1), () -> {
        for (int i = 0; i < 20; i++) {
          parent.withCancel().cancel();
        }
      });
      CtxException third = children.get(2).err();
      assertThat(third).isNull();
      parent.cancel();
      assertThat(children).allMatch(Ctx::isDone);
      assertThat(told).hasValue(40);
    }
  }

  private static void cancel(List<CancelCtx> children, int offset) {
    for (int i = offset; i < children.size(); i += 3) {
      @Nullable Throwable none = null;
      children.get(i).cancel(none);
    }
  }
}
