package io.ctx4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * The least that an element can pay for an end by another thread (ADR 3): a volatile store and a
 * load, in the loop of {@link FluxItems#hidden} and without an operator.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class FencedItems {
  private static final int ITEMS = 100_000;

  private final Flux<Integer> hidden = Flux.range(0, ITEMS).hide();

  private static final class Fencing implements CoreSubscriber<Integer> {
    @SuppressWarnings("UnusedVariable") // it is the store that counts
    private volatile boolean emitting;

    private volatile boolean ended;
    private @Nullable Object last;

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Integer element) {
      emitting = true;
      if (!ended) {
        last = element;
      }
    }

    @Override
    public void onError(Throwable error) {
      throw new IllegalStateException(error);
    }

    @Override
    public void onComplete() {
      ended = true;
    }
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public @Nullable Object hidden() {
    var fencing = new Fencing();
    hidden.subscribe(fencing);
    return fencing.last;
  }
}
