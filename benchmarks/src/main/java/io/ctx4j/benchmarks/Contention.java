package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * What two threads get done under one parent, against one alone: as a service does for each of its
 * requests.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Contention {
  private static final Duration HOUR = Duration.ofHours(1);

  private final CancelCtx parent = Ctx.background().withCancel();
  private final CancellableContext grpc = Context.ROOT.withCancellation();
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final Mono<Object> bound = Mono.never().transform(CtxOps.bind(parent));
  private final Mono<Object> timed =
      Mono.never().transform(CtxOps.withTimeout(HOUR)).contextWrite(CtxOps.put(parent));

  public Contention() {
    timer.setRemoveOnCancelPolicy(true);
  }

  @TearDown
  public void stop() {
    timer.shutdownNow();
  }

  @Benchmark
  public Object timeout() {
    CancelCtx child = parent.withTimeout(HOUR);
    child.cancel();
    return child;
  }

  @Benchmark
  @Threads(2)
  public Object timeoutTwoThreads() {
    return timeout();
  }

  @Benchmark
  @Threads(2)
  public Object grpcTimeoutTwoThreads() {
    CancellableContext child = grpc.withDeadlineAfter(1, TimeUnit.HOURS, timer);
    child.cancel(null);
    return child;
  }

  @Benchmark
  public Object bind() {
    return dispose(bound);
  }

  @Benchmark
  @Threads(2)
  public Object bindTwoThreads() {
    return dispose(bound);
  }

  @Benchmark
  public Object withTimeout() {
    return dispose(timed);
  }

  @Benchmark
  @Threads(2)
  public Object withTimeoutTwoThreads() {
    return dispose(timed);
  }

  private static Object dispose(Mono<Object> mono) {
    Disposable subscription = mono.subscribe();
    subscription.dispose();
    return subscription;
  }
}
