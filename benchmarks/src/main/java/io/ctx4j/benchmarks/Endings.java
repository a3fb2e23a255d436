package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Ending Monos that wait, for each: what a deadline does to those bound to it, and a sink to its
 * subscribers.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Endings {
  private static final int MANY = 1_000_000;

  /**
   * A sink copies the array of its subscribers for each that comes; a million at one would take it
   * hours.
   */
  private static final int OF_A_SINK = 1_000;

  private static final Duration HOUR = Duration.ofHours(1);

  /** A million in all: of one context, and of a thousand that have a thousand each. */
  @State(Scope.Benchmark)
  public static class Bound {
    @Param({"1000", "1000000"})
    public int streams;

    private ManualTime time;
    private CancelCtx[] deadlines;

    @Setup(Level.Invocation)
    public void gather() {
      time = new ManualTime();
      Ctx root = Ctx.root(time);
      deadlines = new CancelCtx[MANY / streams];
      for (int i = 0; i < deadlines.length; i++) {
        deadlines[i] = root.withTimeout(HOUR);
        await(Mono.never().transform(CtxOps.bind(deadlines[i])), streams);
      }
    }
  }

  /** A million in all, too: what ends first is in no cache any more. */
  @State(Scope.Benchmark)
  public static class Tokens {
    private final List<Sinks.Empty<Object>> sinks = new ArrayList<>();

    final void gather(UnaryOperator<Mono<Object>> waiting) {
      sinks.clear();
      for (int i = 0; i < MANY / OF_A_SINK; i++) {
        Sinks.Empty<Object> sink = Sinks.empty();
        sinks.add(sink);
        await(waiting.apply(sink.asMono()), OF_A_SINK);
      }
    }

    final Object end() {
      sinks.forEach(Sinks.Empty::tryEmitEmpty);
      return sinks;
    }
  }

  @State(Scope.Benchmark)
  public static class Subscribed extends Tokens {
    @Setup(Level.Invocation)
    public void gather() {
      gather(sink -> sink);
    }
  }

  @State(Scope.Benchmark)
  public static class Until extends Tokens {
    @Setup(Level.Invocation)
    public void gather() {
      gather(sink -> Mono.never().takeUntilOther(sink));
    }
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public Object ctx4j(Bound bound) {
    bound.time.advance(HOUR);
    return bound;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public Object sink(Subscribed tokens) {
    return tokens.end();
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public Object takeUntilOther(Until tokens) {
    return tokens.end();
  }

  private static void await(Mono<Object> mono, int streams) {
    for (int i = 0; i < streams; i++) {
      mono.subscribe(new Drain());
    }
  }
}
