package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Flux;

/**
 * An asynchronous source puts its last element into the queue and completes just as a consumer has
 * found the queue empty: the stream has not ended until that element is taken, and can be cut (R1).
 */
class EndOfQueueTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Asynchronous source = new Asynchronous();
  private final Dropped dropped = new Dropped();
  private final FusedProbe<Integer> probe =
      new FusedProbe<>(Fuseable.ANY, new Probe<Integer>(0, dropped.hooks()));

  EndOfQueueTest() {
    probe.to(source.transform(CtxOps.bind(ctx)));
    assertThat(probe.mode()).isEqualTo(Fuseable.ASYNC);
  }

  /** Its last moment comes as its empty queue was looked at, and the answer is not yet there. */
  private static final class Asynchronous extends Flux<Integer>
      implements QueueSubscription<Integer> {
    private final Queue<Integer> queue = new ArrayDeque<>();
    private @Nullable CoreSubscriber<? super Integer> downstream;
    private @Nullable Integer last;

    /** It will put this there, if not null, and complete. */
    void endWith(@Nullable Integer last) {
      this.last = last;
      ending = true;
    }

    private boolean ending;

    @SuppressWarnings("NullAway") // fusion's signal is onNext(null)
    private void looked() {
      CoreSubscriber<? super Integer> to = requireNonNull(downstream);
      if (!ending) {
        return;
      }
      ending = false;
      if (last != null) {
        queue.add(last);
        to.onNext(null);
      }
      to.onComplete();
    }

    @Override
    public void subscribe(CoreSubscriber<? super Integer> actual) {
      downstream = actual;
      actual.onSubscribe(this);
    }

    @Override
    public int requestFusion(int requestedMode) {
      return requestedMode & Fuseable.ASYNC;
    }

    @Override
    @SuppressWarnings("NullAway") // as Queue has it
    public Integer poll() {
      Integer first = queue.poll();
      looked();
      return first;
    }

    @Override
    public boolean isEmpty() {
      boolean empty = queue.isEmpty();
      looked();
      return empty;
    }

    @Override
    public int size() {
      return queue.size();
    }

    @Override
    public void clear() {
      queue.clear();
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }

  @Test
  @DisplayName("R1 a consumer that polls gets the last element, and is told the end after it")
  void poll_lastElementComesMeanwhile_isTaken() {
    source.endWith(5);

    assertThat(probe.queue().poll()).isEqualTo(5);
    probe.out.assertSignals();
    assertThat(probe.queue().poll()).isNull();

    probe.out.assertSignals("complete");
  }

  @Test
  @DisplayName("R1 a consumer that asks whether the queue is empty hears of the last element")
  void isEmpty_lastElementComesMeanwhile_isNot() {
    source.endWith(5);

    assertThat(probe.queue().isEmpty()).isFalse();
    probe.out.assertSignals();
    ctx.cancel();

    probe.out.assertSignals("cut");
  }

  @Test
  @DisplayName("R16 a source that completes meanwhile without one: the end is told, once")
  void look_completesMeanwhile_isTheEnd() {
    source.endWith(null);
    assertThat(probe.queue().poll()).isNull();
    assertThat(probe.queue().isEmpty()).isTrue();

    probe.out.assertSignals("complete");
  }
}
