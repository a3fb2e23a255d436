package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/** Deriving a child from a parent that lives on, and canceling it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Children {
  private static final Executor DIRECT = Runnable::run;

  private final CancelCtx parent = Ctx.background().withCancel();
  private final CompletableJob job = JobKt.Job(null);
  private final CancellableContext grpc = Context.ROOT.withCancellation();

  @Benchmark
  public Object ctx4j() {
    return comeAndGo(parent);
  }

  /** Siblings that live on, all at the same parent. */
  @State(Scope.Benchmark)
  public static class Siblings {
    @Param({"1000", "1000000"})
    public int live;

    private final CancelCtx parent = Ctx.background().withCancel();
    private Object[] others;

    @Setup
    public void derive() {
      others = new Object[live];
      for (int i = 0; i < live; i++) {
        others[i] = parent.withCancel();
      }
    }
  }

  @Benchmark
  public Object ctx4jAmong(Siblings siblings) {
    return comeAndGo(siblings.parent);
  }

  private static Object comeAndGo(CancelCtx parent) {
    CancelCtx child = parent.withCancel();
    child.cancel();
    return child;
  }

  @Benchmark
  @Threads(2)
  public Object ctx4jTwoThreads() {
    return ctx4j();
  }

  @Benchmark
  public Object ctx4jListening() {
    CancelCtx child = parent.withCancel();
    child.onDone(() -> {});
    child.cancel();
    return child;
  }

  /** Without a listener nothing is registered at the parent. */
  @Benchmark
  public Object grpc() {
    CancellableContext child = grpc.withCancellation();
    child.cancel(null);
    return child;
  }

  /** A parent of its own for each: one that lives on would keep what every child leaves there. */
  @Benchmark
  public Object grpcListening() {
    CancellableContext child = Context.ROOT.withCancellation().withCancellation();
    child.addListener(context -> {}, DIRECT);
    child.cancel(null);
    return child;
  }

  @Benchmark
  public Object kotlin() {
    CompletableJob child = JobKt.Job(job);
    child.cancel((CancellationException) null);
    return child;
  }
}
