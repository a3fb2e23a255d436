package io.ctx4j.r2dbc;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A result, whose rows come as part of its {@link Execution}; mapping functions see none of a
 * canceled one.
 */
final class CtxResult implements Result {
  private static final int UNTOUCHED = 0;
  private static final int TOUCHED = 1;
  private static final int DRAINED = 2;

  final Execution execution;
  private final Result delegate;
  private final @Nullable CtxResult unfiltered;
  private final AtomicInteger state = new AtomicInteger(UNTOUCHED);

  CtxResult(Execution execution, Result delegate) {
    this(execution, delegate, null);
  }

  private CtxResult(Execution execution, Result delegate, @Nullable CtxResult unfiltered) {
    this.execution = execution;
    this.delegate = delegate;
    this.unfiltered = unfiltered;
  }

  @Override
  public Publisher<Long> getRowsUpdated() {
    return ResultFlux.<Long>of(this, stream -> delegate.getRowsUpdated());
  }

  @Override
  public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapping) {
    return ResultFlux.<T>of(
        this,
        stream -> delegate.<T>map((row, metadata) ->
            stream.isDropping() ? stream.skipped() : mapping.apply(row, metadata)));
  }

  @Override
  public <T> Publisher<T> map(Function<? super Readable, ? extends T> mapping) {
    return ResultFlux.<T>of(
        this,
        stream -> delegate.<T>map(
            readable -> stream.isDropping() ? stream.skipped() : mapping.apply(readable)));
  }

  @Override
  public Result filter(Predicate<Segment> filter) {
    return new CtxResult(execution, delegate.filter(filter), this);
  }

  @Override
  public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapping) {
    return ResultFlux.<T>of(this, stream -> {
      Mono<Void> unwanted = stream.unwanted();
      return delegate.<T>flatMap(segment ->
          stream.isDropping() ? Mono.<T>empty() : until(unwanted, mapping.apply(segment)));
    });
  }

  private static <T> Publisher<? extends T> until(
      Mono<Void> unwanted, Publisher<? extends T> made) {
    return made instanceof Callable<?> ? made : Flux.from(made).takeUntilOther(unwanted);
  }

  /** Nobody has looked into it yet. */
  void arrived() {
    execution.given.result();
    if (execution.shape.windows() && !execution.session.untouched.add(this)) {
      drainUntouched();
    }
  }

  /** Somebody looks into it. */
  void touch() {
    if (unfiltered != null) {
      unfiltered.touch();
    } else if (state.compareAndSet(UNTOUCHED, TOUCHED)) {
      if (execution.shape.windows()) {
        execution.session.untouched.remove(this);
      }
    }
  }

  boolean isDrained() {
    return unfiltered != null ? unfiltered.isDrained() : state.get() == DRAINED;
  }

  /** Consumes it, if nobody else does: the driver waits for that. */
  void drainUntouched() {
    if (state.compareAndSet(UNTOUCHED, DRAINED)) {
      drain(delegate, execution);
    }
  }

  static void drain(Result result, @Nullable Execution execution) {
    Flux.from(result.getRowsUpdated()).subscribe(rows -> {}, e -> {
      if (execution != null) {
        execution.given.failed(e);
      }
    });
  }

  @Override
  public String toString() {
    return delegate.toString();
  }
}
