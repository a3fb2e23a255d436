package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.r2dbc.spi.Result;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * A driver's publisher of results, or one that a result gives; {@link ResultStream} is a
 * subscription.
 */
final class ResultFlux<T> extends Flux<T> {
  final Session session;
  final ResultShape shape;
  private final @Nullable CtxResult result;
  private final boolean withoutCtx;
  private final Function<ResultStream<T>, Publisher<? extends T>> source;

  private ResultFlux(
      Session session,
      ResultShape shape,
      @Nullable CtxResult result,
      boolean withoutCtx,
      Function<ResultStream<T>, Publisher<? extends T>> source) {
    this.session = session;
    this.shape = shape;
    this.result = result;
    this.withoutCtx = withoutCtx;
    this.source = source;
  }

  /** What a statement or batch executes. */
  static Flux<Result> of(
      Session session,
      ResultShape shape,
      boolean withoutCtx,
      Supplier<? extends Publisher<? extends Result>> execute) {
    return new ResultFlux<>(session, shape, null, withoutCtx, new Executed(execute));
  }

  /**
   * Asks the driver once, as its users do, but not before somebody subscribes: perhaps it is not to
   * be asked (D4).
   */
  private static final class Executed
      implements Function<ResultStream<Result>, Publisher<? extends Result>> {
    private final Supplier<? extends Publisher<? extends Result>> execute;
    private volatile @Nullable Publisher<? extends Result> results;

    Executed(Supplier<? extends Publisher<? extends Result>> execute) {
      this.execute = execute;
    }

    @Override
    public Publisher<? extends Result> apply(ResultStream<Result> stream) {
      Publisher<? extends Result> results = this.results;
      if (results == null) {
        this.results = results = execute.get();
      }
      return results;
    }
  }

  /** What is made of a result. */
  static <T> Flux<T> of(
      CtxResult result, Function<ResultStream<T>, Publisher<? extends T>> source) {
    Execution execution = result.execution;
    return new ResultFlux<>(execution.session, execution.shape, result, false, source);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    Ctx ctx;
    if (result != null) {
      result.touch();
      ctx = result.execution.ctx;
    } else {
      ctx = withoutCtx ? Ctx.background() : session.ctxOf(actual.currentContext());
    }
    var stream = new ResultStream<>(this, ctx, actual);
    actual.onSubscribe(stream);
    stream.start();
  }

  Publisher<? extends T> source(ResultStream<T> stream) {
    return source.apply(stream);
  }

  boolean isOuter() {
    return result == null;
  }

  /** Whether a pool validates the connection, and hands it out with the answer. */
  boolean isValidation() {
    return withoutCtx;
  }

  /** The execution that a result's stream is part of, if that is not over yet. */
  @Nullable Execution joinable() {
    return result == null ? null : result.execution;
  }

  /**
   * Whether the database is done with the execution, and only this result's rows are left to be
   * read.
   */
  boolean isRead() {
    return result != null && shape.windows();
  }

  boolean isDrained() {
    return result != null && result.isDrained();
  }

  /** What goes downstream for an element of the driver's. */
  @SuppressWarnings("unchecked") // the outer stream is one of results
  T passed(Execution execution, T element) {
    if (result != null) {
      execution.given.rows();
      return element;
    }
    var wrapped = new CtxResult(execution, (Result) element);
    wrapped.arrived();
    return (T) wrapped;
  }
}
