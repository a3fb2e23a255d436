package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Deriving a context with a timeout and canceling it in time, while others are pending. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Timeouts {
  private static final Duration HOUR = Duration.ofHours(1);

  @State(Scope.Benchmark)
  public static class Ours {
    @Param({"0", "1000", "400000", "1000000"})
    public int live;

    private Object[] others;

    @Setup
    public void start() {
      others = new Object[live];
      for (int i = 0; i < live; i++) {
        others[i] = Ctx.background().withTimeout(HOUR);
      }
    }
  }

  @State(Scope.Benchmark)
  public static class Grpc {
    @Param({"0", "400000"})
    public int live;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private Object[] others;

    @Setup
    public void start() {
      timer.setRemoveOnCancelPolicy(true); // else what was canceled stays for the hour
      others = new Object[live];
      for (int i = 0; i < live; i++) {
        others[i] = Context.ROOT.withDeadlineAfter(1, TimeUnit.HOURS, timer);
      }
    }

    @TearDown
    public void stop() {
      timer.shutdownNow();
    }
  }

  @Benchmark
  public Object ctx4j(Ours others) {
    CancelCtx ctx = Ctx.background().withTimeout(HOUR);
    ctx.cancel();
    return ctx;
  }

  @Benchmark
  public Object grpc(Grpc others) {
    CancellableContext context = Context.ROOT.withDeadlineAfter(1, TimeUnit.HOURS, others.timer);
    context.cancel(null);
    return context;
  }
}
