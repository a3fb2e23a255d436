package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;

/** Any publisher, bound to a context by the rules of Reactive Streams alone. */
class PublisherBindTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Feed<Integer> feed = new Feed<>();
  private final Publisher<Integer> bound = CtxPublishers.bind(ctx, feed);

  @Test
  @DisplayName(
      "P1, R1 done: upstream is canceled first, downstream gets a copy of err whatever its demand")
  void done_endsTheStream() {
    Received<Integer> first = Received.from(bound);
    feed.inCancel = () -> first.assertSignals();

    ctx.cancel(new Exception("why"));

    first.assertSignals("cut");
    assertThat(feed.canceled).hasValue(1);
    assertThat(first.error())
        .isInstanceOf(CanceledException.class)
        .isNotSameAs(ctx.err())
        .hasCause(ctx.cause());
  }

  @Test
  @DisplayName("P1 live: elements, demand and the end pass through unchanged")
  void live_passesAllThrough() {
    Received<Integer> received = Received.from(bound);
    received.subscription().request(3);
    received.subscription().request(Long.MAX_VALUE);
    feed.emit(1);
    feed.emit(2);
    feed.complete();
    ctx.cancel();

    received.assertSignals(1, 2, "complete");
    assertThat(feed.requests).containsExactly(3L, Long.MAX_VALUE);
    assertThat(feed.canceled).hasValue(0);

    Received<Integer> failed =
        Received.from(CtxPublishers.bind(Ctx.background().withCancel(), feed));
    feed.fail(new Exception("own"));
    failed.assertSignals("error own");
  }

  @Test
  @DisplayName(
      "P1, R2 done before: the error at once, an exception for each, and the source is not asked")
  void doneBefore_isNotSubscribedTo() {
    ctx.cancel();
    Received<Integer> first = Received.from(bound);
    Received<Integer> second = Received.from(bound);
    first.subscription().request(1);
    first.subscription().cancel();

    first.assertSignals("cut");
    second.assertSignals("cut");
    assertThat(first.error()).isNotSameAs(second.error());
    assertThat(feed.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("P1, R2 done before, and canceled in onSubscribe: no error")
  void doneBefore_canceledInOnSubscribe_isToldNothing() {
    ctx.cancel();
    var received = new Received<Integer>();
    received.inSubscribe = () -> received.subscription().cancel();
    bound.subscribe(received);

    received.assertSignals();
  }

  @Test
  @DisplayName("P1, R3 ended, canceled or abandoned: nothing stays registered")
  void ended_leavesNothing() {
    var ends = new Runnable[] {
      feed::complete, () -> feed.fail(new Exception()), () -> subscription().cancel()
    };
    for (Runnable end : ends) {
      var downstream = Memory.weak(() -> {
        Received<Integer> received = Received.from(bound);
        last = received;
        end.run();
        last = null;
        feed.forget();
        return received;
      });
      assertThat(Memory.isCollected(downstream)).isTrue();
    }
    Publisher<Integer> broken = CtxPublishers.bind(ctx, subscriber -> {
      throw new IllegalStateException("broken");
    });
    var downstream = Memory.weak(() -> {
      var received = new Received<Integer>();
      assertThatThrownBy(() -> broken.subscribe(received)).hasMessage("broken");
      return received;
    });
    assertThat(Memory.isCollected(downstream)).isTrue();
  }

  private @Nullable Received<Integer> last;

  private Subscription subscription() {
    return requireNonNull(last).subscription();
  }

  @Test
  @DisplayName(
      "P1, R4 what comes after the cut is dropped; a late error is reported, unless it says the same")
  void afterTheCut_nothingComes() {
    Received<Integer> received = Received.from(bound);
    ctx.cancel();
    try (Uncaught uncaught = Uncaught.here()) {
      feed.emit(1);
      feed.complete();
      feed.fail(new CancellationException());
      feed.fail(requireNonNull(ctx.err()).copy());
      feed.fail(new InterruptedException());
      var own = new IllegalStateException();
      feed.fail(own);
      assertThat(uncaught.reported()).containsExactly(own);
    }
    received.assertSignals("cut");
  }

  @Test
  @DisplayName("P1, R1 the cut comes while an element is on its way: it is told after it")
  void cutInAnElement_isToldAfterIt() {
    Received<Integer> received = Received.from(bound);
    received.inNext = () -> {
      received.inNext = () -> {};
      ctx.cancel();
      received.assertSignals(1);
    };
    feed.emit(1);

    received.assertSignals(1, "cut");
  }

  @Test
  @DisplayName(
      "P1, R1 an error, or a throw out of request, once ctx is done and before its callback: ctx's")
  void errorBeforeTheCallback_isCtxs() {
    ctx.onDone(() -> feed.fail(new IllegalStateException("closed")));
    Received<Integer> received = Received.from(bound);
    var other = new Feed<Integer>();
    other.inRequest = () -> {
      ctx.cancel();
      throw new IllegalStateException("closed");
    };
    Received<Integer> requesting = Received.from(CtxPublishers.bind(ctx, other));

    try (Uncaught uncaught = Uncaught.here()) {
      requesting.subscription().request(1);
      assertThat(uncaught.reported()).hasSize(2);
    }
    received.assertSignals("cut");
    requesting.assertSignals("cut");
  }

  @Test
  @DisplayName("P1 live: what request throws comes out of it, as without")
  void requestThrows_live_comesOut() {
    Received<Integer> received = Received.from(bound);
    feed.inRequest = () -> {
      throw new IllegalStateException("own");
    };
    assertThatThrownBy(() -> received.subscription().request(1)).hasMessage("own");
    received.assertSignals();
  }

  @Test
  @DisplayName(
      "P1, R1 the source never comes with its subscription: downstream is told, and a late one canceled")
  void sourceIsLate_isCut() {
    feed.late = true;
    Received<Integer> received = Received.from(bound);
    ctx.cancel();
    received.assertSignals("cut");

    feed.arrive();

    assertThat(feed.canceled).hasValue(1);
    received.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "P1, R1 ctx is done while the source is subscribed to: onSubscribe has returned when subscribe does")
  void done_whileSubscribing_onSubscribeReturnsFirst() {
    Thread subscribing = Thread.currentThread();
    var entered = new CountDownLatch(1);
    var refused = new AtomicBoolean();
    var returned = new AtomicBoolean();
    List<String> order = new CopyOnWriteArrayList<>();
    var received = new Received<Integer>();
    received.inSubscribe = () -> {
      entered.countDown();
      Threads.until(() -> returned.get()
          || (refused.get() && subscribing.getState() == Thread.State.TIMED_WAITING));
      order.add("onSubscribe");
    };
    feed.inSubscribe = () -> {
      new Thread(ctx::cancel).start();
      Threads.await(entered);
    };
    feed.inCancel = () -> refused.set(true);

    bound.subscribe(received);
    order.add("subscribe");
    returned.set(true);

    Threads.await(received.ended);
    assertThat(order).containsExactly("onSubscribe", "subscribe");
    received.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "P1, R3 the source comes with its subscription and then throws: it counts as canceled")
  void subscribeThrows_afterOnSubscribe_isCanceled() {
    var received = new Received<Integer>();
    Publisher<Integer> broken = subscriber -> {
      feed.subscribe(subscriber);
      throw new IllegalStateException("broken");
    };
    assertThatThrownBy(() -> CtxPublishers.bind(ctx, broken).subscribe(received))
        .hasMessage("broken");

    assertThat(feed.canceled).hasValue(1);
    assertThat(requireNonNull(((Handle) ctx).node).first()).isNull();
    feed.emit(1);
    received.assertSignals();
  }

  @Test
  @DisplayName("P1, R1 a throw out of subscribe once ctx is done, before its callback, too: ctx's")
  void subscribeThrows_done_isCtxs() {
    var subscribed = new CountDownLatch(1);
    ctx.onDone(() -> Threads.await(subscribed));
    var canceling = new ArrayList<Future<?>>();
    feed.inSubscribe = () -> {
      canceling.add(Threads.start(ctx::cancel));
      Threads.until(ctx::isDone);
      throw new IllegalStateException("closed");
    };
    try (Uncaught uncaught = Uncaught.here()) {
      Received<Integer> received = Received.from(bound);
      assertThat(uncaught.reported()).singleElement().isInstanceOf(IllegalStateException.class);
      received.assertSignals("cut");
    }
    subscribed.countDown();
    canceling.forEach(Threads::join);
  }

  @Test
  @DisplayName("P1 a second subscription is canceled (§2.5); null is refused (§2.13)")
  @SuppressWarnings("NullAway") // on purpose
  void protocol_isKept() {
    Received<Integer> received = Received.from(bound);
    feed.arrive();
    assertThat(feed.canceled).hasValue(1);

    assertThatThrownBy(() -> feed.downstream().onNext(null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> feed.downstream().onError(null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> feed.downstream().onSubscribe(null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> bound.subscribe(null)).isInstanceOf(NullPointerException.class);
    ctx.cancel();
    assertThatThrownBy(() -> bound.subscribe(null)).isInstanceOf(NullPointerException.class);
    received.assertSignals("cut");
  }

  @Test
  @DisplayName("P1, C31 null names the parameter")
  @SuppressWarnings("NullAway") // on purpose
  void bind_null_throws() {
    assertThatThrownBy(() -> CtxPublishers.bind(null, feed)).hasMessage("ctx");
    assertThatThrownBy(() -> CtxPublishers.bind(ctx, null)).hasMessage("source");
  }

  @Test
  @DisplayName("P1, R8 a context that can never be done costs nothing: the publisher is the source")
  void bind_neverDone_isTheSource() {
    assertThat(CtxPublishers.bind(Ctx.background(), feed)).isSameAs(feed);
  }

  @Test
  @DisplayName("P1 a subscriber that throws in onSubscribe counts as canceled")
  void onSubscribeThrows_isCanceled() {
    var received = new Received<Integer>();
    received.inSubscribe = () -> {
      throw new IllegalStateException("broken");
    };

    assertThatThrownBy(() -> bound.subscribe(received)).hasMessage("broken");

    assertThat(feed.canceled).hasValue(1);
    ctx.cancel();
    received.assertSignals();
  }

  @Test
  @DisplayName(
      "P1, R4 ctx, the source and downstream end it at once: one end, elements before it alone")
  void endsAtOnce_oneEnd() {
    for (int round = 0; round < 2_000; round++) {
      CancelCtx each = Ctx.background().withCancel();
      var source = new Feed<Integer>();
      Received<Integer> received = Received.from(CtxPublishers.bind(each, source));
      Threads.race(
          () -> {
            source.emit(1);
            source.emit(2);
            source.complete();
          },
          each::cancel);
      Threads.await(received.ended);
      received.assertOneEnd();
    }
  }
}
