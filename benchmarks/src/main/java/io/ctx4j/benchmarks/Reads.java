package io.ctx4j.benchmarks;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.grpc.Context;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Asking a live context: whether it is done, and for values, with a hundred of them bound. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Reads {
  private static final int DEPTH = 100;

  private final Ctx flat = Ctx.background().withCancel();
  private final CtxKey<Integer> first = CtxKey.named("first");
  private final CtxKey<Integer> missing = CtxKey.named("missing");
  private final Context.Key<Integer> grpcFirst = Context.key("first");
  private final Context.Key<Integer> grpcMissing = Context.key("missing");
  private Ctx deep;
  private Context grpc;
  private reactor.util.context.Context view;

  @Setup
  public void bind() {
    deep = flat.withValue(first, 0);
    grpc = Context.ROOT.withValue(grpcFirst, 0);
    view = reactor.util.context.Context.of(first, 0);
    for (int i = 1; i < DEPTH; i++) {
      CtxKey<Integer> key = CtxKey.named("key");
      deep = deep.withValue(key, i);
      grpc = grpc.withValue(Context.key("key"), i);
      view = view.put(key, i);
    }
  }

  @Benchmark
  public boolean isDone() {
    return flat.isDone();
  }

  @Benchmark
  public boolean isDoneDeep() {
    return deep.isDone();
  }

  @Benchmark
  public @Nullable Object err() {
    return flat.err();
  }

  @Benchmark
  public @Nullable Object errDeep() {
    return deep.err();
  }

  /** The first that was bound, below all others. */
  @Benchmark
  public @Nullable Object hit() {
    return deep.value(first);
  }

  @Benchmark
  public @Nullable Object miss() {
    return deep.value(missing);
  }

  @Benchmark
  public @Nullable Object grpcHit() {
    return grpcFirst.get(grpc);
  }

  @Benchmark
  public @Nullable Object grpcMiss() {
    return grpcMissing.get(grpc);
  }

  @Benchmark
  public @Nullable Object reactorHit() {
    return view.get(first);
  }

  @Benchmark
  public @Nullable Object reactorMiss() {
    return view.getOrDefault(missing, null);
  }
}
