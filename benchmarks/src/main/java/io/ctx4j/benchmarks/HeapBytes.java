package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The heap that one of a thing holds: many are made and kept, and the used heap is compared.
 *
 * <p>A program of its own, so that nothing else allocates. Prints lines of a name and bytes each.
 */
final class HeapBytes {
  private static final int MANY = 200_000;

  /** As many as wait on a token whose every subscription copies the array of all. */
  private static final int FEW = 10_000;

  /** Made before anything is counted. */
  private static final int FIRST = 1_000;

  /**
   * All that was made, to the end: what was let go in between would count against what comes then.
   */
  private static final List<Object> KEPT = new ArrayList<>();

  private HeapBytes() {}

  public static void main(String[] args) {
    CancelCtx parent = Ctx.background().withCancel();
    CancellableContext grpc = Context.ROOT.withCancellation();
    Executor direct = Runnable::run;
    Job job = JobKt.Job(null);
    var timer = new ScheduledThreadPoolExecutor(1);
    timer.setRemoveOnCancelPolicy(true);
    Mono<Object> never = Mono.never();
    Mono<Object> bound = never.transform(CtxOps.bind(parent));
    Mono<Object> token = never.takeUntilOther(Sinks.<Void>empty().asMono());
    Mono<Object> timeout = never.timeout(Duration.ofHours(1));

    CancelCtx lasting = Ctx.background().withCancel();
    CancellableContext lastingGrpc = Context.ROOT.withCancellation();
    KEPT.addAll(List.of(parent, grpc, job, timer, bound, token, timeout, lasting, lastingGrpc));

    kept("child.ctx4j", MANY, parent::withCancel);
    kept("child.grpc", MANY, () -> listening(grpc.withCancellation(), direct));
    kept("child.kotlin", MANY, () -> JobKt.Job(job));
    kept("timeout.ctx4j", MANY, () -> parent.withTimeout(Duration.ofHours(1)));
    kept("timeout.grpc", MANY, () -> Context.ROOT.withDeadlineAfter(1, TimeUnit.HOURS, timer));
    double raw = kept("mono.raw", MANY, () -> subscribed(never));
    added("mono.ctx4j", raw, kept("mono.ctx4j.whole", MANY, () -> subscribed(bound)));
    added("mono.timeout", raw, kept("mono.timeout.whole", MANY, () -> subscribed(timeout)));
    added("mono.takeUntilOther", raw, kept("mono.token.whole", FEW, () -> subscribed(token)));

    left("left.ctx4j", () -> {
      CancelCtx child = lasting.withCancel();
      child.onDone(() -> {});
      child.cancel();
    });
    left("left.grpc", () -> listening(lastingGrpc.withCancellation(), direct).cancel(null));
    timer.shutdownNow();
    System.exit(0); // whatever the peers' threads are at
  }

  private static CancellableContext listening(CancellableContext context, Executor direct) {
    context.addListener(done -> {}, direct);
    return context;
  }

  private static Drain subscribed(Mono<Object> mono) {
    var drain = new Drain();
    mono.subscribe(drain);
    return drain;
  }

  private static double kept(String name, int count, Supplier<?> thing) {
    var things = new Object[count];
    KEPT.add(things);
    for (int i = 0; i < FIRST; i++) { // classes, and arrays at a first size
      things[i] = thing.get();
    }
    long before = used();
    for (int i = FIRST;
        i < count;
        i++) { // those before stay, or a thing that nobody else holds would cost less
      things[i] = thing.get();
    }
    double bytes = (used() - before) / (double) (count - FIRST);
    print(name, bytes);
    return bytes;
  }

  private static void added(String name, double raw, double whole) {
    print(name, whole - raw);
  }

  /** What stays at the parent for each child that was canceled. */
  private static void left(String name, Runnable comeAndGo) {
    comeAndGo.run();
    long before = used();
    for (int i = 0; i < FEW; i++) {
      comeAndGo.run();
    }
    print(name, (used() - before) / (double) FEW);
  }

  /** To a tenth: of the heap itself some kilobytes come and go. */
  private static void print(String name, double bytes) {
    System.out.println(name + ' ' + Math.round(bytes * 10) / 10.0);
  }

  private static long used() {
    // total less free memory are two readings, between which the heap may shrink
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      used = Math.min(used, memory.getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}
