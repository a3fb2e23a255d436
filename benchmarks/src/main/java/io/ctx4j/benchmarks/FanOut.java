package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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

/**
 * Canceling a million children, for each: of one parent, and of a thousand that have a thousand
 * each.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FanOut {
  private static final int CHILDREN = 1_000_000;

  @State(Scope.Benchmark)
  public static class Ours {
    @Param({"1000", "1000000"})
    public int siblings;

    private final Object[] children = new Object[CHILDREN];
    private CancelCtx[] parents;

    @Setup(Level.Invocation)
    public void derive() {
      parents = new CancelCtx[CHILDREN / siblings];
      for (int i = 0; i < CHILDREN; i++) {
        int parent = i / siblings;
        if (i % siblings == 0) {
          parents[parent] = Ctx.background().withCancel();
        }
        children[i] = parents[parent].withCancel();
      }
    }
  }

  /** With a listener each, without which a cancellation does not come to them. */
  @State(Scope.Benchmark)
  public static class Grpc {
    private static final Executor DIRECT = Runnable::run;
    private final Object[] children = new Object[CHILDREN];
    private CancellableContext parent;

    @Setup(Level.Invocation)
    public void derive() {
      parent = Context.ROOT.withCancellation();
      for (int i = 0; i < CHILDREN; i++) {
        CancellableContext child = parent.withCancellation();
        child.addListener(context -> {}, DIRECT);
        children[i] = child;
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(CHILDREN)
  public boolean ctx4j(Ours families) {
    boolean all = true;
    for (CancelCtx parent : families.parents) {
      all &= parent.cancel();
    }
    return all;
  }

  @Benchmark
  @OperationsPerInvocation(CHILDREN)
  public boolean grpc(Grpc family) {
    return family.parent.cancel(null);
  }
}
