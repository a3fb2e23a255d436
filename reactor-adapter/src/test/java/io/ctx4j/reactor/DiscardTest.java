package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** What is discarded at the end of a stream, by whomever, over all sources and consumers. */
class DiscardTest {
  /** Consumers treat a scalar in ways of their own, which a bound one is spared. */
  private static final Set<String> SCALARS = Set.of("just", "callable", "error", "empty");

  /** They leave a queue whose source has completed as it is; a bound one has not completed before it is empty. */
  private static final Set<String> SHARED = Set.of("publishRefCount", "share");

  /** Sources without a function in between, which would be asked for what is discarded. */
  private static final Set<String> PLAIN =
      Set.of("range", "array", "iterable", "stream", "hidden", "unicast", "publishOn", "concat");

  static Stream<String> consumers() {
    return Pipelines.consumers().keySet().stream();
  }

  private record Run(List<Object> signals, List<Object> discarded) {
    /** Raw discards the element that a list was asked for, and that nobody took, as it is canceled and cleared. */
    Run once() {
      return new Run(signals, discarded.stream().distinct().toList());
    }
  }

  /**
   * Whether no element is discarded that was delivered, and none twice, for each time that the source is subscribed
   * to; but where the consumer does so by itself.
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
    var probe = new Probe<>(2, dropped.hooks());
    consumer.apply(source, new ArrayList<>()).cast(Object.class).hide().subscribe(probe);
    end.accept(probe);
    assertThat(probe.breaches).isEmpty();
    return new Run(probe.signals(), new ArrayList<>(dropped.discarded));
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
