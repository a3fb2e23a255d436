package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;

/** Foreign code that throws: reported where its thread reports, and nobody else notices. */
class ThrowingCallbackTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Uncaught uncaught = Uncaught.everywhere();

  @AfterEach
  void restore() {
    uncaught.close();
  }

  static Stream<Throwable> thrown() {
    return Stream.of(
        new IllegalStateException("runtime"),
        new AssertionError("error"),
        new StackOverflowError(),
        new OutOfMemoryError("not really"),
        new IOException("checked"),
        new InterruptedException("checked"));
  }

  @ParameterizedTest
  @MethodSource("thrown")
  @DisplayName("C8 a callback that throws is reported, and keeps no other from running")
  void cancel_callbackThrows_isReportedAndTheOthersRun(Throwable thrown) {
    var ran = new ArrayList<String>();
    ctx.onDone(() -> ran.add("before"));
    ctx.onDone(() -> Uncaught.sneak(thrown));
    ctx.onDone(() -> ran.add("after"));
    ctx.withCancel().onDone(() -> ran.add("below"));

    assertThat(ctx.cancel()).isTrue();

    assertThat(ran).containsExactly("before", "after", "below");
    assertThat(uncaught.reported()).containsExactly(thrown);
    assertThat(uncaught.threads()).containsExactly(Thread.currentThread());
  }

  @Test
  @DisplayName("C8 every throw is reported, in the order of the callbacks")
  void cancel_severalThrow_allAreReported() {
    List<RuntimeException> thrown =
        List.of(new RuntimeException("1"), new RuntimeException("2"), new RuntimeException("3"));
    for (RuntimeException each : thrown) {
      ctx.onDone(() -> {
        throw each;
      });
    }

    ctx.close();

    assertThat(uncaught.reported()).containsExactlyElementsOf(thrown);
  }

  @Test
  @DisplayName("C8 a handler that throws keeps no callback from running")
  void cancel_handlerThrows_theOthersRun() {
    Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> {
      throw new AssertionError("handler", thrown);
    });
    var ran = new AtomicInteger();
    ctx.onDone(() -> {
      throw new IllegalStateException();
    });
    ctx.onDone(ran::incrementAndGet);

    assertThat(ctx.cancel()).isTrue();

    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C8 where the thread has a handler of its own, that is told, and no other")
  void cancel_threadWithHandler_thatIsTold() {
    try (var own = Uncaught.here()) {
      var thrown = new IllegalStateException();
      ctx.onDone(() -> {
        throw thrown;
      });

      ctx.cancel();

      assertThat(own.reported()).containsExactly(thrown);
      assertThat(uncaught.reported()).isEmpty();
    }
  }

  @Test
  @DisplayName("C8 a listener that throws is reported, and the others run")
  void cancel_listenerThrows_isReportedAndTheOthersRun() {
    var thrown = new AssertionError();
    new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        throw thrown;
      }
    }.listen(ctx);
    var after = new Listening();
    after.listen(ctx);

    ctx.cancel();

    assertThat(uncaught.reported()).containsExactly(thrown);
    assertThat(after.errs()).containsExactly(ctx.err());
  }

  @Test
  @DisplayName("C8 a subscriber whose onComplete throws is reported, and the others are told")
  void cancel_onCompleteThrows_isReportedAndTheOthersAreTold() {
    var thrown = new IllegalStateException();
    ctx.done().subscribe(throwingOnComplete(thrown));
    Signals after = Signals.of(ctx);

    assertThat(ctx.cancel()).isTrue();

    assertThat(uncaught.reported()).containsExactly(thrown);
    assertThat(after.events()).containsExactly("onSubscribe", "onComplete");
  }

  @Test
  @DisplayName("C8 a subscriber whose onComplete throws inside subscribe is reported")
  void subscribe_onDoneContextOnCompleteThrows_isReported() {
    ctx.cancel();
    var thrown = new IllegalStateException();

    ctx.done().subscribe(throwingOnComplete(thrown));

    assertThat(uncaught.reported()).containsExactly(thrown);
  }

  @Test
  @DisplayName("C26 on a done context what the callback throws does not come out of onDone")
  void onDone_onDoneContextThrows_isReported() {
    ctx.cancel();
    var thrown = new AssertionError();

    Ctx.Registration registration = ctx.onDone(() -> {
      throw thrown;
    });

    assertThat(uncaught.reported()).containsExactly(thrown);
    assertThat(registration.unregister()).isFalse();
  }

  @Test
  @DisplayName("C29 an executor that rejects loses its callback alone")
  void cancel_executorRejects_isReportedAndTheOthersRun() {
    var rejection = new RejectedExecutionException("full");
    var ran = new ArrayList<String>();
    Ctx.Registration lost = ctx.onDone(() -> ran.add("lost"), task -> {
      throw rejection;
    });
    ctx.onDone(() -> ran.add("own"), Runnable::run);
    ctx.withCancel().onDone(() -> ran.add("below"));

    assertThat(ctx.cancel()).isTrue();

    assertThat(ran).containsExactly("own", "below");
    assertThat(uncaught.reported()).containsExactly(rejection);
    assertThat(lost.unregister()).isFalse();
  }

  @Test
  @DisplayName("C29 an executor that fails with an Error loses its callback alone")
  void cancel_executorFails_isReported() {
    var failure = new OutOfMemoryError("no thread");
    var ran = new AtomicInteger();
    ctx.onDone(() -> {}, task -> {
      throw failure;
    });
    ctx.onDone(ran::incrementAndGet);

    ctx.cancel();

    assertThat(uncaught.reported()).containsExactly(failure);
    assertThat(ran).hasValue(1);
  }

  @Test
  @DisplayName("C29 a rejection on a done context does not come out of onDone")
  void onDone_onDoneContextRejected_isReported() {
    ctx.cancel();
    var rejection = new RejectedExecutionException("full");

    Ctx.Registration lost = ctx.onDone(() -> {}, task -> {
      throw rejection;
    });

    assertThat(uncaught.reported()).containsExactly(rejection);
    assertThat(lost.unregister()).isFalse();
  }

  @Test
  @DisplayName("C29 what comes through a direct executor is reported likewise")
  void cancel_callbackThrowsThroughDirectExecutor_isReported() {
    var thrown = new IllegalStateException();
    ctx.onDone(
        () -> {
          throw thrown;
        },
        Runnable::run);

    ctx.cancel();

    assertThat(uncaught.reported()).containsExactly(thrown);
  }

  private static Signals throwingOnComplete(RuntimeException thrown) {
    return new Signals() {
      @Override
      public void onSubscribe(Subscription s) {}

      @Override
      public void onComplete() {
        throw thrown;
      }
    };
  }
}
