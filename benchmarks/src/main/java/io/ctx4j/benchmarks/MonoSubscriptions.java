package io.ctx4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import reactor.core.publisher.Mono;

/**
 * What an operator costs a Mono, for each subscription: {@code just}, and one that shows nothing of
 * itself.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class MonoSubscriptions {
  @Param
  public ReactorOperator operator;

  private Mono<Integer> just;
  private Mono<Integer> hidden;

  @Setup
  public void assemble() {
    just = operator.on(Mono.just(1));
    hidden = operator.on(Mono.just(1).hide());
  }

  @Benchmark
  public Object just() {
    return Drain.all(just);
  }

  @Benchmark
  public Object hidden() {
    return Drain.all(hidden);
  }
}
