package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Flux;

/** A bound queue asks its source's to be cleared once, and not at all once that was at its end. */
class ClearTest {
  private static final Map<String, Supplier<Flux<Integer>>> LISTS = Map.of(
      "iterable", () -> Flux.fromIterable(List.of(1, 2, 3)),
      "mapped", () -> Flux.fromIterable(List.of(1, 2, 3)).map(i -> i),
      "stream", () -> Flux.fromStream(Stream.of(1, 2, 3)));

  private final CancelCtx ctx = Ctx.background().withCancel();

  static Stream<String> lists() {
    return LISTS.keySet().stream().sorted();
  }

  /** A synchronous queue that answers a poll with an element each time but the second. */
  private static final class Synchronous extends Flux<Integer>
      implements QueueSubscription<Integer> {
    final List<String> asked = new ArrayList<>();
    private int polls;

    @Override
    public void subscribe(CoreSubscriber<? super Integer> actual) {
      actual.onSubscribe(this);
    }

    @Override
    public int requestFusion(int requestedMode) {
      return requestedMode & Fuseable.SYNC;
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
      asked.add("cancel");
    }

    @Override
    @SuppressWarnings("NullAway") // as Queue has it
    public Integer poll() {
      asked.add("poll");
      return ++polls == 2 ? null : polls;
    }

    @Override
    public boolean isEmpty() {
      return false;
    }

    @Override
    public int size() {
      return 1;
    }

    @Override
    public void clear() {
      asked.add("clear");
    }
  }

  private QueueSubscription<Integer> boundQueue(Synchronous source) {
    var probe = new FusedProbe<>(Fuseable.ANY, Probe.<Integer>of(0));
    probe.to(source.transform(CtxOps.bind(ctx)));
    assertThat(probe.mode()).isEqualTo(Fuseable.ASYNC);
    return probe.queue();
  }

  @Test
  @DisplayName("R4 R16 a synchronous queue that is cleared again is cleared once")
  void clear_again_isOnce() {
    var source = new Synchronous();
    QueueSubscription<Integer> queue = boundQueue(source);

    queue.clear();
    queue.clear();
    assertThat(queue.poll()).isNull();
    assertThat(queue.isEmpty()).isTrue();
    ctx.cancel();
    queue.clear();

    assertThat(source.asked).containsExactly("clear", "cancel");
  }

  @Test
  @DisplayName("R16 a synchronous queue found empty has ended, as raw: nothing more is asked of it")
  void clear_afterTheEnd_isNotPassedOn() {
    var source = new Synchronous();
    QueueSubscription<Integer> queue = boundQueue(source);

    assertThat(queue.poll()).isEqualTo(1);
    assertThat(queue.poll()).isNull();
    queue.clear();
    assertThat(queue.poll()).isNull();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.size()).isZero();
    ctx.cancel();
    queue.clear();

    assertThat(source.asked).containsExactly("poll", "poll");
  }

  /**
   * This consumer alone looks one element ahead, and that element is there still when a list has
   * discarded what it held.
   */
  @ParameterizedTest
  @MethodSource("lists")
  @DisplayName("R4 R16 each element of what publish(f) drains is delivered, or discarded, once")
  void end_underPublishSelector_eachElementOnce(String name) {
    for (boolean cuts : new boolean[] {false, true}) {
      for (int demand = 0; demand < 3; demand++) {
        CancelCtx own = Ctx.background().withCancel();
        var dropped = new Dropped();
        var probe = new Probe<Integer>(demand, dropped.hooks());
        Flux<Integer> bound = requireNonNull(LISTS.get(name)).get().transform(CtxOps.bind(own));
        bound.publish(shared -> shared).subscribe(probe);

        if (cuts) {
          own.cancel();
        } else {
          probe.cancel();
        }

        List<Object> all = new ArrayList<>(probe.signals());
        all.remove("cut");
        assertThat(all).hasSize(demand);
        all.addAll(dropped.discarded);
        assertThat(all).as("cut %s, demand %s", cuts, demand).containsExactlyInAnyOrder(1, 2, 3);
      }
    }
  }
}
