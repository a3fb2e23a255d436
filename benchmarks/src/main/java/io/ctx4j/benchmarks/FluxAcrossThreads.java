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
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The same around a change of thread: {@code range → map → publishOn}, the operator before it or
 * after.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class FluxAcrossThreads {
  private static final int ITEMS = 500_000;

  @Param({"RAW", "BIND", "TAKE_UNTIL_OTHER"})
  public ReactorOperator operator;

  private Scheduler thread;
  private Flux<Integer> before;
  private Flux<Integer> after;

  @Setup
  public void assemble() {
    thread = Schedulers.newSingle("consumer");
    Flux<Integer> source = Flux.range(0, ITEMS).map(item -> item + 1);
    before = operator.on(source).publishOn(thread);
    after = operator.on(source.publishOn(thread));
  }

  @TearDown
  public void stop() {
    thread.dispose();
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public Object before() {
    return Drain.all(before);
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public Object after() {
    return Drain.all(after);
  }
}
