package io.ctx4j.benchmarks;

import io.reactivex.rxjava3.core.Flowable;
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

/** What an operator costs an element of a Flowable: one that cannot be fused, and one that can. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class FlowableItems {
  private static final int ITEMS = 100_000;

  @Param
  public RxOperator operator;

  private Flowable<Integer> hidden;
  private Flowable<Integer> range;

  @Setup
  public void assemble() {
    hidden = operator.on(Flowable.range(0, ITEMS).hide());
    range = operator.on(Flowable.range(0, ITEMS));
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
