package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
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
import reactor.core.publisher.Sinks;

/** Subscribing and disposing of one Mono while others wait on the same signal. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Crowd {

  @State(Scope.Benchmark)
  public static class Bound {
    @Param({"0", "100000"})
    public int others;

    private final CancelCtx ctx = Ctx.background().withCancel();
    private Mono<Object> mono;

    @Setup
    public void gather() {
      mono = Mono.never().transform(CtxOps.bind(ctx));
      await(mono, others);
    }
  }

  /** Fewer others: gathering them takes the square of their number. */
  @State(Scope.Benchmark)
  public static class Token {
    @Param({"0", "10000"})
    public int others;

    private Mono<Object> mono;

    @Setup
    public void gather() {
      mono = Mono.never().takeUntilOther(Sinks.<Void>empty().asMono());
      await(mono, others);
    }
  }

  @Benchmark
  public Object bind(Bound crowd) {
    return comeAndGo(crowd.mono);
  }

  @Benchmark
  public Object takeUntilOther(Token crowd) {
    return comeAndGo(crowd.mono);
  }

  private static void await(Mono<Object> mono, int others) {
    for (int i = 0; i < others; i++) {
      mono.subscribe(new Drain());
    }
  }

  private static Object comeAndGo(Mono<Object> mono) {
    var drain = new Drain();
    mono.subscribe(drain);
    drain.cancel();
    return drain;
  }
}
