package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;

/** Foreign code that uses the tree while it is called, from its own thread and from another. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class ReentranceTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final HookedTime time = new HookedTime();
  private final CancelCtx root = Ctx.root(time).withCancel();
  private final CancelCtx ctx = root.withCancel();
  private final CancelCtx sibling = root.withCancel();
  private final AtomicInteger used = new AtomicInteger();

  /**
   * Everything that takes a lock anywhere in the tree; on another thread, so that a held one shows.
   */
  private void useTree() {
    Threads.elsewhere(() -> {
      for (Ctx each : new Ctx[] {root, ctx, sibling}) {
        CancelCtx child = each.withValue(USER, "u").withCancel();
        CancelCtx merged = Ctx.merge(each, sibling, child);
        Ctx.Registration registration = child.onDone(() -> {});
        Signals.of(child).subscription().cancel();
        var listener = new Listening();
        listener.listen(each);
        listener.unlisten();
        assertThat(each.tree()).isNotEmpty();
        each.withTimeout(Duration.ofHours(1)).cancel();
        registration.unregister();
        merged.cancel();
        child.cancel();
      }
      sibling.withCancel().cancel();
      used.incrementAndGet();
    });
  }

  @Test
  @DisplayName("C9 no lock is held while a callback runs")
  void callback_runs_treeIsFree() {
    ctx.onDone(this::useTree);

    ctx.cancel();

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while a callback of a context further down runs")
  void callback_belowRuns_treeIsFree() {
    ctx.withCancel().withCancel().onDone(this::useTree);

    root.cancel();

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while a callback runs inside onDone")
  void callback_onDoneContext_treeIsFree() {
    ctx.cancel();

    ctx.onDone(this::useTree);

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while an executor is called")
  void executor_isCalled_treeIsFree() {
    ctx.onDone(() -> {}, task -> useTree());

    ctx.cancel();
    ctx.onDone(() -> {}, task -> useTree());

    assertThat(used).hasValue(2);
  }

  @Test
  @DisplayName("C9 no lock is held while a listener runs")
  void listener_runs_treeIsFree() {
    new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        useTree();
      }
    }.listen(ctx);

    ctx.cancel();

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while a subscriber is called")
  void subscriber_isCalled_treeIsFree() {
    ctx.done().subscribe(new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        useTree();
      }

      @Override
      public void onComplete() {
        useTree();
      }
    });

    ctx.cancel();

    assertThat(used).hasValue(2);
  }

  @Test
  @DisplayName("C9 no lock is held while a bad request is answered")
  void subscriber_onError_treeIsFree() {
    ctx.done().subscribe(new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        s.request(0);
      }

      @Override
      public void onError(Throwable thrown) {
        useTree();
      }
    });

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C16 no lock is held while the cause is supplied")
  void supplier_runs_treeIsFree() {
    ctx.withTimeout(Duration.ofSeconds(1), () -> {
      useTree();
      return null;
    });
    ctx.withTimeout(Duration.ZERO, () -> {
      useTree();
      return null;
    });

    time.advance(Duration.ofSeconds(1));

    assertThat(used).hasValue(2);
  }

  @Test
  @DisplayName("C9 no lock is held while the time source schedules")
  void timeSource_schedules_treeIsFree() {
    time.inSchedule = () -> {
      time.inSchedule = () -> {};
      useTree();
    };

    CancelCtx timed = ctx.withTimeout(Duration.ofSeconds(1));

    assertThat(used).hasValue(1);
    time.advance(Duration.ofSeconds(1));
    assertThat(timed.isDone()).isTrue();
  }

  @Test
  @DisplayName("C9 no lock is held while the time source unregisters")
  void timeSource_unregisters_treeIsFree() {
    ctx.withTimeout(Duration.ofSeconds(1));
    time.inUnregister = () -> {
      time.inUnregister = () -> {};
      useTree();
    };

    root.cancel();

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while an uncaught-exception handler runs")
  void handler_runs_treeIsFree() {
    Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> useTree());
    ctx.onDone(() -> {
      throw new IllegalStateException();
    });

    ctx.cancel();

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 no lock is held while the values are listed")
  void forEachValue_actionRuns_treeIsFree() {
    ctx.withValue(USER, "u").forEachValue((key, value) -> useTree());

    assertThat(used).hasValue(1);
  }

  @Test
  @DisplayName("C9 a callback may derive, register, unregister and cancel anywhere")
  void callback_usesTreeItself_allWorks() {
    var log = new ArrayList<String>();
    CancelCtx below = ctx.withCancel();
    Ctx.Registration later = sibling.onDone(() -> log.add("unregistered"));
    ctx.onDone(() -> {
      ctx.onDone(() -> log.add("on done"));
      below.withCancel().onDone(() -> log.add("on derived"));
      log.add("unregister " + later.unregister());
      sibling.onDone(() -> log.add("sibling"));
      log.add("cancel below " + below.cancel());
      log.add("cancel sibling " + sibling.cancel());
      log.add("cancel root " + root.cancel());
    });

    ctx.cancel();

    assertThat(log)
        .containsExactly(
            "on done",
            "on derived",
            "unregister true",
            "cancel below false",
            "sibling",
            "cancel sibling true",
            "cancel root true");
  }

  @Test
  @DisplayName("C9 callbacks that cancel one another's contexts all run once")
  void callback_cancelsInCircle_eachRunsOnce() {
    var log = new ArrayList<String>();
    ctx.onDone(() -> log.add("a " + sibling.cancel()));
    sibling.onDone(() -> log.add("b " + ctx.cancel()));

    ctx.cancel();

    assertThat(log).containsExactly("b false", "a true");
  }

  @Test
  @DisplayName("C9 a registration may be taken off inside another's callback, on another thread")
  void callback_waitsForUnregisterElsewhere_isNotStuck() {
    var result = new AtomicReference<Boolean>();
    var second = new Box<Ctx.Registration>();
    ctx.onDone(() -> Threads.elsewhere(() -> result.set(second.get().unregister())));
    second.set(ctx.onDone(used::incrementAndGet));

    ctx.cancel();

    assertThat(result.get()).isTrue();
    assertThat(used).hasValue(0);
  }
}
