package io.ctx4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every stream keeps to when the context that it is bound to ends (R1): each module runs these
 * for each of its types.
 */
public abstract class EndByContextLaws {
  /** A stream between a source and a consumer that are both in the test's hands. */
  public interface Stream {
    /** Subscribes the consumer, which asks for all there is. */
    void subscribe();

    /** What the source does inside of its cancel. */
    void inCancel(Runnable action);

    /** How often the source was canceled. */
    int canceled();

    /** The source sends an element; nothing, where its type has none. */
    void emit(int element);

    /** The source completes, by its one value where its type has one. */
    void end();

    /** The source fails. */
    void fail(Throwable error);

    /** What the consumer does as it is signaled an end. */
    void inEnd(Runnable action);

    /** The consumer cancels. */
    void leave();

    /** Whether the consumer was signaled an end. */
    boolean isOver();

    /** What the consumer was signaled. */
    Throwable error();

    /** All signals, "cut" for an error of a context; and that none was against the rules. */
    void assertSignals(Object... expected);
  }

  /** Makes one, bound to this test's context, and not subscribed to. */
  protected abstract Stream stream();

  /** Cancels this test's context, with that cause. */
  protected abstract void cancel(Throwable cause);

  /** Closes it. */
  protected abstract void close();

  /** Its err; none unless it is done. */
  protected abstract Throwable err();

  protected abstract boolean isDone();

  /** Whether that is the end of a context that was canceled, or that was closed. */
  protected abstract boolean isCanceled(Throwable error, boolean closed);

  protected abstract LateErrors lateErrors();

  private final Exception why = new Exception("why");

  private void cancel() {
    cancel(why);
  }

  @Test
  @DisplayName("R1, X1, P1 upstream is canceled first, once, and downstream is signaled last")
  void cancel_live_cancelsUpstreamThenSignalsDownstream() {
    List<String> order = new ArrayList<>();
    Stream stream = stream();
    stream.inCancel(() -> order.add("upstream"));
    stream.inEnd(() -> order.add("downstream"));
    stream.subscribe();

    cancel();

    assertThat(order).containsExactly("upstream", "downstream");
    assertThat(stream.canceled()).isEqualTo(1);
    stream.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R1, X1, P1 the end is decided first: what upstream sends as it is canceled does not get through")
  void cancel_upstreamEndsInCancel_signalsErr() {
    Stream stream = stream();
    stream.inCancel(() -> {
      assertThat(isDone()).isTrue();
      assertThat(stream.isOver()).isFalse();
      stream.emit(3);
      stream.end();
    });
    stream.subscribe();

    cancel();

    stream.assertSignals("cut");
  }

  @Test
  @DisplayName("R1, X1, P1 an error of upstream as it is canceled does not take the place of ctx's")
  void cancel_upstreamFailsInCancel_signalsErr() {
    var late = new IllegalStateException("late");
    try (LateErrors errors = lateErrors()) {
      Stream stream = stream();
      stream.inCancel(() -> stream.fail(late));
      stream.subscribe();

      cancel();

      stream.assertSignals("cut");
      assertThat(errors.errors()).containsExactly(late);
    }
  }

  @Test
  @DisplayName(
      "R1, X1, P1 an upstream whose cancel() throws does not keep downstream from being signaled")
  void cancel_upstreamThrowsInCancel_signalsErr() {
    var thrown = new IllegalStateException("in cancel");
    try (LateErrors errors = lateErrors()) {
      Stream stream = stream();
      stream.inCancel(() -> {
        throw thrown;
      });
      stream.subscribe();

      cancel();

      stream.assertSignals("cut");
      assertThat(errors.errors()).containsExactly(thrown);
    }
  }

  @Test
  @DisplayName("R1, X1, P1 downstream is signaled after upstream's cancel() has returned")
  void cancel_upstreamBlocksInCancel_signalsAfterIt() {
    var inCancel = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Stream stream = stream();
    stream.inCancel(() -> {
      inCancel.countDown();
      Threads.await(goOn);
    });
    stream.subscribe();

    Future<?> canceling = Threads.start(this::cancel);
    Threads.await(inCancel);

    assertThat(stream.isOver()).isFalse();
    goOn.countDown();
    Threads.join(canceling);
    stream.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R1, X1, P1 a downstream that cancels while upstream is being canceled is signaled nothing")
  void cancel_downstreamLeavesMeanwhile_isSignaledNothing() {
    Stream stream = stream();
    stream.inCancel(stream::leave);
    stream.subscribe();

    cancel();

    stream.assertSignals();
    assertThat(stream.canceled()).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "R1, X1, P1 the error is a copy of err: type, text and cause, and not the shared instance")
  void cancel_withCause_signalsCopy() {
    Stream stream = stream();
    stream.subscribe();

    cancel();

    assertThat(isCanceled(stream.error(), false)).isTrue();
    assertThat(stream.error())
        .isExactlyInstanceOf(err().getClass())
        .isNotSameAs(err())
        .hasMessage(err().getMessage());
    assertThat(stream.error().getCause()).isSameAs(why);
  }

  @Test
  @DisplayName(
      "R1, X1, P1 each subscriber gets an instance of its own, which takes suppressed exceptions")
  void cancel_manySubscribers_eachGetsItsOwn() {
    Stream one = stream();
    Stream other = stream();
    one.subscribe();
    other.subscribe();

    cancel();

    assertThat(one.error()).isNotSameAs(other.error());
    one.error().addSuppressed(new Exception("an assembly trace"));
    assertThat(one.error().getSuppressed()).hasSize(1);
    assertThat(other.error().getSuppressed()).isEmpty();
    assertThat(err().getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("R1, X1, P1 close() ends a stream as well, and the copy says that it was a close")
  void close_live_signalsClosed() {
    Stream stream = stream();
    stream.subscribe();

    close();

    assertThat(isCanceled(stream.error(), true)).isTrue();
  }
}
