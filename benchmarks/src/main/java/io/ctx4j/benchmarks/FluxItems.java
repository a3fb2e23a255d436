package io.ctx4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import reactor.core.publisher.Flux;

/** What an operator costs an element of a Flux: one that cannot be fused, and one that can. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class FluxItems {
  private static final int ITEMS = 100_000;

  @Param
  public ReactorOperator operator;

  private Flux<Integer> hidden;
  private Flux<Integer> range;

  @Setup
  public void assemble() {
    hidden = operator.on(Flux.range(0, ITEMS).hide());
    range = operator.on(Flux.range(0, ITEMS));
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public Object hidden() {
    return Drain.all(hidden);
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public Object range() {
    return Drain.all(range);
  }
}
