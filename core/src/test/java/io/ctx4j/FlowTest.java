package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.FlowAdapters;

/** The JDK's own publishers and subscribers, by the adapters of Reactive Streams. */
class FlowTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName(
      "P2 a Flow.Publisher is bound: its subscriber is told, and it has no subscriber any more")
  void flowPublisher_isBound() {
    try (var flow = new SubmissionPublisher<String>(Runnable::run, 8)) {
      Received<String> received =
          Received.from(CtxPublishers.bind(ctx, FlowAdapters.toPublisher(flow)));
      received.subscription().request(1);
      flow.submit("first");

      ctx.cancel();

      received.assertSignals("first", "cut");
      assertThat(flow.hasSubscribers()).isFalse();
    }
  }

  @Test
  @DisplayName("P2 a bound publisher is a Flow.Publisher: a Flow.Subscriber is told")
  void boundPublisher_isAFlowPublisher() {
    var feed = new Feed<String>();
    Flow.Publisher<String> flow = FlowAdapters.toFlowPublisher(CtxPublishers.bind(ctx, feed));
    var received = new Received<String>();
    flow.subscribe(FlowAdapters.toFlowSubscriber(received));
    received.subscription().request(1);
    feed.emit("first");

    ctx.cancel();

    received.assertSignals("first", "cut");
    assertThat(feed.canceled).hasValue(1);
  }

  @Test
  @DisplayName("P2 done() is a Flow.Publisher")
  void done_isAFlowPublisher() {
    var signals = new Signals();
    FlowAdapters.toFlowPublisher(ctx.done()).subscribe(FlowAdapters.toFlowSubscriber(signals));

    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
  }
}
