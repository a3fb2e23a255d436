package io.ctx4j.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Memory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The timer of the library's own tasks, as the adapters use it; SystemTimeTest has its threads. */
class LibraryTimerTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  @DisplayName("C19 a task knows that it is on a thread that must not be blocked, others do not")
  void isHere_onItsThread_isTrue() throws Exception {
    Await.longEnough(1, millis -> {
      var here = new AtomicBoolean();
      var ranOn = new CompletableFuture<Thread>();

      LibraryTimer.schedule(
          () -> {
            here.set(LibraryTimer.isHere());
            ranOn.complete(Thread.currentThread());
          },
          Duration.ofMillis(millis));

      boolean elsewhere = ranOn.get() != Thread.currentThread(); // else it was over at once
      assertThat(here.get()).isEqualTo(elsewhere);
      return elsewhere;
    });
    assertThat(LibraryTimer.isHere()).isFalse();
  }

  @Test
  @DisplayName("C19 a task whose delay is over has run, and cannot be taken off")
  void schedule_delayIsOver_hasRun() {
    List<String> ran = new ArrayList<>();

    Ctx.Registration task = LibraryTimer.schedule(() -> ran.add("task"), Duration.ZERO);

    assertThat(ran).containsExactly("task");
    assertThat(task.unregister()).isFalse();
  }

  @Test
  @DisplayName("C20 a task that was taken off is held by nobody, nor is one that has run")
  void unregister_isHeldByNobody() {
    List<Ctx.Registration> kept = new ArrayList<>();
    WeakReference<Runnable> taken = Memory.weak(() -> {
      Runnable task = Memory.callback();
      kept.add(LibraryTimer.schedule(task, HOUR));
      return task;
    });
    WeakReference<Runnable> ran = Memory.weak(() -> {
      Runnable task = Memory.callback();
      kept.add(LibraryTimer.schedule(task, Duration.ZERO));
      return task;
    });
    assertThat(kept.get(0).unregister()).isTrue();

    assertThat(Memory.isCollected(taken)).isTrue();
    assertThat(Memory.isCollected(ran)).isTrue();
    assertThat(kept.get(0).unregister()).isFalse();
  }
}
