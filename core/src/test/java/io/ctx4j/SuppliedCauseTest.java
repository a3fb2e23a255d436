package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The cause that a deadline's supplier gives. */
class SuppliedCauseTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HookedTime time = new HookedTime();
  private final Ctx root = Ctx.root(time);
  private final AtomicInteger asked = new AtomicInteger();
  private final Exception why = new Exception("why");
  private final Uncaught uncaught = Uncaught.everywhere();

  @AfterEach
  void restore() {
    uncaught.close();
  }

  private Throwable ask() {
    asked.incrementAndGet();
    return why;
  }

  @Test
  @DisplayName("C16 asked for once, when the deadline fires")
  void supplier_deadlineFires_isAskedOnce() {
    CancelCtx ctx = root.withTimeout(SECOND, this::ask);
    Ctx below = ctx.withCancel();
    time.advance(SECOND.minusNanos(1));
    assertThat(asked).hasValue(0);

    time.advance(SECOND);

    assertThat(asked).hasValue(1);
    assertThat(ctx.cause()).isSameAs(why);
    assertThat(ctx.err()).hasCause(why);
    assertThat(below.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C16 reading does not ask")
  void supplier_read_isNotAskedAgain() {
    CancelCtx ctx = root.withTimeout(Duration.ZERO, this::ask);

    assertThat(ctx.cause()).isSameAs(ctx.cause());
    assertThat(ctx.withCancel().cause()).isSameAs(why);
    assertThat(asked).hasValue(1);
  }

  @Test
  @DisplayName("C16 asked for before the context is done")
  void supplier_isAsked_contextIsStillLive() {
    var seen = new ArrayList<Boolean>();
    var self = new Box<CancelCtx>();
    self.set(root.withTimeout(SECOND, () -> {
      seen.add(self.get().isDone());
      return why;
    }));
    self.get().onDone(() -> seen.add(self.get().isDone()));

    time.advance(SECOND);

    assertThat(seen).containsExactly(false, true);
  }

  @Test
  @DisplayName("C16 asked for on the thread of the callbacks, before them")
  void supplier_isAsked_onTheThreadOfTheCallbacks() {
    var threads = new ArrayList<Thread>();
    CancelCtx ctx = root.withTimeout(SECOND, () -> {
      threads.add(Thread.currentThread());
      return null;
    });
    ctx.onDone(() -> threads.add(Thread.currentThread()));

    Threads.elsewhere(() -> time.advance(SECOND));

    assertThat(threads).hasSize(2);
    assertThat(threads.get(0)).isSameAs(threads.get(1)).isNotSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("C16 a context that was canceled before is not asked about")
  void supplier_canceledBefore_isNotAsked() {
    CancelCtx parent = root.withCancel();
    CancelCtx own = parent.withTimeout(SECOND, this::ask);
    CancelCtx above = parent.withTimeout(SECOND, this::ask);
    own.cancel();
    parent.cancel();

    time.advance(SECOND);

    assertThat(asked).hasValue(0);
    assertThat(own.cause()).isSameAs(own.err());
    assertThat(above.err()).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("C16 a cancellation meanwhile wins, and what was supplied is dropped")
  void supplier_cancelsMeanwhile_cancellationWins() {
    var self = new Box<CancelCtx>();
    var told = new AtomicInteger();
    var own = new Exception("own");
    self.set(root.withTimeout(SECOND, () -> {
      assertThat(self.get().cancel(own)).isTrue();
      return why;
    }));
    self.get().onDone(told::incrementAndGet);

    time.advance(SECOND);

    assertThat(self.get().err()).isInstanceOf(CanceledException.class);
    assertThat(self.get().cause()).isSameAs(own);
    assertThat(told).hasValue(1);
    assertThat(uncaught.reported()).isEmpty();
  }

  @Test
  @DisplayName("C16 a cancellation of the parent meanwhile wins likewise")
  void supplier_cancelsParentMeanwhile_cancellationWins() {
    CancelCtx parent = root.withCancel();
    CancelCtx ctx = parent.withTimeout(SECOND, () -> {
      parent.cancel();
      return why;
    });

    time.advance(SECOND);

    assertThat(ctx.err()).isNotNull().isSameAs(parent.err());
  }

  @Test
  @DisplayName("C16 also where the deadline has passed from the start")
  void supplier_ofPastDeadlineCancelsParent_cancellationWins() {
    CancelCtx parent = root.withCancel();

    CancelCtx ctx = parent.withTimeout(Duration.ZERO, () -> {
      parent.cancel();
      return why;
    });

    assertThat(ctx.err()).isNotNull().isSameAs(parent.err());
    assertThat(ctx.cause()).isSameAs(parent.cause());
  }

  @Test
  @DisplayName("C16 it returns null: the cause is err")
  void supplier_returnsNull_causeIsErr() {
    CancelCtx fired = root.withTimeout(SECOND, () -> null);
    CancelCtx past = root.withTimeout(Duration.ZERO, () -> null);
    time.advance(SECOND);

    for (CancelCtx ctx : List.of(fired, past)) {
      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class).hasNoCause();
      assertThat(ctx.cause()).isSameAs(ctx.err());
    }
  }

  @Test
  @DisplayName("C16 it throws: the cause is err, and what was thrown is reported")
  void supplier_throws_isReported() {
    var error = new AssertionError();
    var checked = new IOException();
    CancelCtx fired = root.withTimeout(SECOND, () -> {
      throw error;
    });
    CancelCtx past = root.withTimeout(Duration.ZERO, () -> {
      Uncaught.sneak(checked);
      return null;
    });
    var told = new AtomicInteger();
    fired.onDone(told::incrementAndGet);

    time.advance(SECOND);

    for (CancelCtx ctx : List.of(fired, past)) {
      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class).hasNoCause();
      assertThat(ctx.cause()).isSameAs(ctx.err());
    }
    assertThat(uncaught.reported()).containsExactly(checked, error);
    assertThat(uncaught.threads()).containsOnly(Thread.currentThread());
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C16 a supplier may derive from its own context, and cancel what it likes")
  void supplier_usesTheTree_works() {
    CancelCtx parent = root.withCancel();
    CancelCtx sibling = parent.withCancel();
    var derived = new Box<CancelCtx>();
    var self = new Box<CancelCtx>();
    self.set(parent.withTimeout(SECOND, () -> {
      derived.set(self.get().withCancel());
      sibling.cancel();
      return why;
    }));

    time.advance(SECOND);

    assertThat(derived.get().cause()).isSameAs(why);
    assertThat(sibling.err()).isInstanceOf(CanceledException.class);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C16 a supplier that advances the clock itself does not end it twice")
  void supplier_advancesTheClock_isAskedOnce() {
    CancelCtx ctx = root.withTimeout(SECOND, () -> {
      time.advance(SECOND);
      return ask();
    });
    var told = new AtomicInteger();
    ctx.onDone(told::incrementAndGet);

    time.advance(SECOND);

    assertThat(asked).hasValue(1);
    assertThat(told).hasValue(1);
  }
}
