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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Canceling a parent of a million children, for each child. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FanOut {
  private static final int CHILDREN = 1_000_000;

  @State(Scope.Benchmark)
  public static class Ours {
    private final Object[] children = new Object[CHILDREN];
    private CancelCtx parent;

    @Setup(Level.Invocation)
    public void derive() {
      parent = Ctx.background().withCancel();
      for (int i = 0; i < CHILDREN; i++) {
        children[i] = parent.withCancel();
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
  public boolean ctx4j(Ours family) {
    return family.parent.cancel();
  }

  @Benchmark
  @OperationsPerInvocation(CHILDREN)
  public boolean grpc(Grpc family) {
    return family.parent.cancel(null);
  }
}
