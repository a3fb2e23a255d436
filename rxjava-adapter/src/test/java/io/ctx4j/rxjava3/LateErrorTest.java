package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.core.SingleObserver;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Errors that come too late to be delivered: RxJava's handler gets the source's own, and nothing
 * else.
 */
class LateErrorTest {
  private static final List<Exception> INTERRUPTIONS = List.of(
      new InterruptedException(),
      new InterruptedIOException(),
      new ClosedByInterruptException(),
      new IllegalStateException(new InterruptedException()));

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 a late error of the source goes to RxJavaPlugins.onError, whoever ended the stream")
  void fail_afterTheEnd_isReported(Type type) {
    for (Exception late : List.of(new IOException("a"), new SocketTimeoutException("b"))) {
      for (int end = 0; end < 3; end++) {
        CancelCtx each = Ctx.background().withCancel();
        var from = new Source();
        var consumer = new Probe();
        type.subscribe(from, consumer, Binding.to(each));
        List.<Runnable>of(each::cancel, from::end, consumer::leave).get(end).run();
        try (var undelivered = new Undelivered()) {

          from.fail(late);

          assertThat(undelivered.errors).containsExactly(late);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X5 a late error of a context is dropped, also wrapped in another: nobody needs to be told")
  void fail_ofContextAfterTheEnd_isDropped(Type type) {
    CancelCtx other = Ctx.background().withCancel();
    other.cancel();
    RuntimeException err = requireNonNull(other.err()).copy();
    try (var undelivered = new Undelivered()) {
      type.subscribe(source, probe, Binding.to(ctx));
      ctx.cancel();

      source.fail(err);
      source.fail(new IllegalStateException(err));

      probe.assertSignals("cut");
      assertThat(undelivered.errors).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X5 an interruption of the source by the cut is dropped")
  void fail_interruptedByCut_isDropped(Type type) {
    for (Exception interruption : INTERRUPTIONS) {
      try (var undelivered = new Undelivered()) {
        CancelCtx each = Ctx.background().withCancel();
        var from = new Source();
        from.inCancel = () -> from.fail(interruption);
        type.subscribe(from, new Probe(), Binding.to(each));

        each.cancel();
        from.fail(interruption);

        assertThat(undelivered.errors).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 an interruption that was not the cut's goes where RxJava sends it")
  void fail_interruptedByConsumer_isReported(Type type) {
    for (Exception interruption : INTERRUPTIONS) {
      try (var undelivered = new Undelivered()) {
        var from = new Source();
        var consumer = new Probe();
        type.subscribe(from, consumer, Binding.to(ctx));

        consumer.leave();
        from.fail(interruption);

        assertThat(undelivered.errors).containsExactly(interruption);
      }
    }
  }

  @Test
  @DisplayName("X5 a thread that the cut interrupts is no news, also to a binding further up")
  void cancel_blockedThread_isInterruptedSilently() {
    for (boolean twice : new boolean[] {false, true}) {
      CancelCtx each = Ctx.background().withCancel();
      var consumer = new Probe();
      var blocked = new CountDownLatch(1);
      var passed = new CountDownLatch(1);
      Single<Integer> stream = Single.just(1)
          .subscribeOn(Schedulers.io())
          .map(item -> block(blocked))
          .<Integer>lift(downstream -> new Passing(downstream, passed))
          .compose(RxCtxOps.bind(each));
      try (var undelivered = new Undelivered()) {
        (twice ? stream.compose(RxCtxOps.bind(each)) : stream).subscribe(consumer);
        Threads.await(blocked);

        each.cancel();

        consumer.assertSignals("cut");
        Threads.await(passed);
        assertThat(undelivered.errors).isEmpty();
      }
    }
  }

  private static int block(CountDownLatch blocked) throws InterruptedException {
    blocked.countDown();
    new CountDownLatch(1).await();
    return 1;
  }

  /** Says when an error has gone by. */
  private record Passing(SingleObserver<? super Integer> downstream, CountDownLatch passed)
      implements SingleObserver<Integer> {
    @Override
    public void onSubscribe(Disposable upstream) {
      downstream.onSubscribe(upstream);
    }

    @Override
    public void onSuccess(Integer item) {
      downstream.onSuccess(item);
    }

    @Override
    public void onError(Throwable error) {
      downstream.onError(error);
      passed.countDown();
    }
  }

  @Test
  @DisplayName("X1 a source that reports its interruption itself still does: as after any dispose")
  void cancel_fromCallable_reportsItself() {
    var blocked = new CountDownLatch(1);
    var reported = new CountDownLatch(1);
    try (var undelivered = new Undelivered()) {
      RxJavaPlugins.setErrorHandler(thrown -> {
        undelivered.errors.add(thrown);
        reported.countDown();
      });
      Single.fromCallable(() -> block(blocked))
          .subscribeOn(Schedulers.io())
          .compose(RxCtxOps.bind(ctx))
          .subscribe(probe);
      Threads.await(blocked);

      ctx.cancel();

      probe.assertSignals("cut");
      Threads.await(reported);
      assertThat(undelivered.errors)
          .singleElement()
          .extracting(Throwable::getCause)
          .isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  @DisplayName(
      "X5 streams that share a context and are merged: one error, and nothing is undeliverable")
  void cancel_mergedStreams_isToldOnce() {
    try (var undelivered = new Undelivered()) {
      Flowable<Integer> bound = Flowable.<Integer>never().compose(RxCtxOps.bind(ctx));
      var merged = new Probe();
      var zipped = new Probe();
      Flowable.merge(bound, bound, bound).subscribe(merged);
      Flowable.zip(bound, bound, Integer::sum).subscribe(zipped);

      ctx.cancel();

      merged.assertSignals("cut");
      zipped.assertSignals("cut");
      assertThat(undelivered.errors).isEmpty();
    }
  }
}
