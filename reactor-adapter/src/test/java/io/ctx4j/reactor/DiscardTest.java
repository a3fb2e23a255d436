package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** What is discarded at the end of a stream, by whomever, over all sources and consumers. */
class DiscardTest {
  /** Consumers treat a scalar in ways of their own, which a bound one is spared. */
  private static final Set<String> SCALARS = Set.of("just", "callable", "error", "empty");

  /**
   * They leave a queue whose source has completed as it is; a bound one has not completed before it
   * is empty.
   */
  private static final Set<String> SHARED = Set.of("publishRefCount", "share");

  /**
   * How many elements more are discarded where downstream leaves a bound source. {@code parallel}
   * clears each queue, of which a synchronous one loses what it holds, and a bound one discards it.
   * {@code publish(f)} has a bound queue look one element ahead before it takes one, where a raw
   * one is looked at after that: a list that is canceled discards what was looked at, and an
   * operator between them, which is cleared, once more. So does a raw one where downstream leaves
   * after an element; inside of it, it was not looked at yet. To take that element and keep it, so
   * that nobody else has it, would run the functions that stand above before their time, which is
   * worse. {@code zip} is told of a bound queue's end where it would have looked for it, and has
   * asked its other source for one more by then.
   */
  private static final Map<String, Integer> MORE = Map.of(
      "parallel", Integer.MAX_VALUE,
      "publishSelector", 1,
      "publishSelector1", 1,
      "publishSelectorTwice", 1,
      "zip1", 1);

  /** Sources without a function in between, which would be asked for what is discarded. */
  private static final Set<String> PLAIN =
      Set.of("range", "array", "iterable", "stream", "hidden", "unicast", "publishOn", "concat");

  /**
   * But for one that has no queue of a bound source (R9): that leaves what it leaves of a hidden
   * one.
   */
  static Stream<String> consumers() {
    return Pipelines.consumers().keySet().stream()
        .filter(name -> !name.equals("publishOnPublishSelector"));
  }

  private record Run(List<Object> signals, List<Object> discarded) {
    /**
     * Raw discards the element that a list was asked for, and that nobody took, as it is canceled
     * and cleared.
     */
    Run once() {
      return new Run(signals, discarded.stream().distinct().toList());
    }

    /** The same, and so many elements more are discarded. */
    boolean hasMoreThan(Run other, int most) {
      List<Object> more = new ArrayList<>(discarded);
      other.discarded.forEach(more::remove);
      return signals.equals(other.signals)
          && discarded.containsAll(other.discarded)
          && more.size() <= most
          && more.stream().noneMatch(signals::contains);
    }
  }

  /**
   * Whether no element is discarded that was delivered, and none twice, for each time that the
   * source is subscribed to; but where the consumer does so by itself.
   */
  private static boolean isOnce(Run cut, Flux<Integer> hidden, Pipelines.Consumer consumer) {
    var times = new AtomicInteger();
    Run unfused =
        run(hidden.doOnSubscribe(one -> times.getAndIncrement()), consumer, Probe::cancel);
    return cut.discarded.stream().allMatch(one -> {
      int most = Math.max(times.get(), Collections.frequency(unfused.discarded, one));
      boolean delivered = times.get() == 1 && cut.signals.contains(one);
      return Collections.frequency(cut.discarded, one) <= most
          && (!delivered || unfused.discarded.contains(one));
    });
  }

  /** Takes two elements, then ends it. */
  private static Run run(
      Flux<Integer> source, Pipelines.Consumer consumer, Consumer<Probe<Object>> end) {
    var dropped = new Dropped();
    return run(source, consumer, dropped, new Probe<>(2, dropped.hooks()), end);
  }

  private static Run run(
      Flux<Integer> source,
      Pipelines.Consumer consumer,
      Dropped dropped,
      Probe<Object> probe,
      Consumer<Probe<Object>> then) {
    consumer.apply(source, new ArrayList<>()).cast(Object.class).hide().subscribe(probe);
    then.accept(probe);
    assertThat(probe.breaches).isEmpty();
    return new Run(probe.signals(), new ArrayList<>(dropped.discarded));
  }

  /**
   * Downstream leaves.
   *
   * @param early what it asks for as it subscribes
   * @param later what it asks for after that, each at a time
   * @param more what it asks for inside each element
   * @param inside the element inside which it leaves, if it comes; otherwise it leaves after all
   *     that
   */
  private record Leave(long early, List<Long> later, long more, int inside) {
    static List<Leave> all() {
      List<Leave> all = new ArrayList<>();
      for (int inside = 0; inside < 4; inside++) {
        all.add(new Leave(0, List.of(), 0, inside));
        for (long demand : new long[] {1, 2, Long.MAX_VALUE}) {
          all.add(new Leave(demand, List.of(), 0, inside));
          all.add(new Leave(0, List.of(demand), 0, inside));
        }
        all.add(new Leave(1, List.of(1L), 0, inside));
        all.add(new Leave(0, List.of(1L, 1L), 0, inside));
        all.add(new Leave(0, List.of(1L, 2L), 0, inside));
        all.add(new Leave(1, List.of(), 1, inside));
        all.add(new Leave(0, List.of(1L), 1, inside));
      }
      return all;
    }

    /** The signals are those until it has left. */
    Run run(Flux<Integer> source, Pipelines.Consumer consumer) {
      var dropped = new Dropped();
      var probe = new Probe<>(early, dropped.hooks());
      List<Object> seen = new ArrayList<>();
      Runnable leave = () -> {
        seen.addAll(probe.signals());
        probe.cancel();
      };
      int[] taken = {0};
      probe.inNext = () -> {
        if (++taken[0] == inside) {
          leave.run();
        } else if (more > 0) {
          probe.request(more);
        }
      };
      Run run = DiscardTest.run(source, consumer, dropped, probe, one -> {
        later.forEach(one::request);
        if (!one.wasCanceled) {
          leave.run();
        }
      });
      return new Run(seen, run.discarded);
    }
  }

  @Tag("search")
  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName(
      "R4 R16 whenever downstream cancels, inside an element too, bound discards what raw does")
  void downstreamCancel_anyMoment_discardsWhatRawDoes(String name) {
    Pipelines.Consumer consumer = Pipelines.consumer(name);
    CancelCtx ctx = Ctx.background().withCancel();
    List<String> different = new ArrayList<>();
    for (Leave leave : Leave.all()) {
      Pipelines.sources().forEach((source, raw) -> {
        if (SCALARS.contains(source) || (source.equals("buffered") && SHARED.contains(name))) {
          return;
        }
        Run expected = leave.run(raw.get(), consumer);
        Run actual = leave.run(raw.get().transform(CtxOps.bind(ctx)), consumer);
        if (!actual.equals(expected) && !actual.hasMoreThan(expected, MORE.getOrDefault(name, 0))) {
          different.add(source + " " + leave + "\n  raw   " + expected + "\n  bound " + actual);
        }
      });
    }
    assertThat(different).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName("R4 when downstream cancels, bound discards what raw does")
  void downstreamCancel_discardsWhatRawDoes(String name) {
    Pipelines.Consumer consumer = Pipelines.consumer(name);
    CancelCtx ctx = Ctx.background().withCancel();
    List<String> different = new ArrayList<>();
    Pipelines.sources().forEach((source, raw) -> {
      Run expected = run(raw.get(), consumer, Probe::cancel);
      Run actual = run(raw.get().transform(CtxOps.bind(ctx)), consumer, Probe::cancel);
      if (!SCALARS.contains(source)
          && !(source.equals("buffered") && SHARED.contains(name))
          && !(name.startsWith("publishSelector") && actual.equals(expected.once()))
          && !actual.equals(expected)) {
        different.add(source + "\n  raw   " + expected + "\n  bound " + actual);
      }
    });
    assertThat(different).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName("R4 R16 where the cut is told, it discards what raw does when it is canceled, once")
  void cut_discardsWhatRawCancelDoes(String name) {
    Pipelines.Consumer consumer = Pipelines.consumer(name);
    List<String> different = new ArrayList<>();
    Pipelines.sources().forEach((source, raw) -> {
      Run expected = run(raw.get(), consumer, Probe::cancel);
      CancelCtx ctx = Ctx.background().withCancel();
      Run actual = run(raw.get().transform(CtxOps.bind(ctx)), consumer, probe -> ctx.cancel());
      if (PLAIN.contains(source)
          && actual.signals.contains("cut")
          && !(actual.discarded.containsAll(expected.discarded)
              && isOnce(actual, raw.get().hide(), consumer))) {
        different.add(source + "\n  raw   " + expected + "\n  bound " + actual);
      }
    });
    assertThat(different).isEmpty();
  }
}
