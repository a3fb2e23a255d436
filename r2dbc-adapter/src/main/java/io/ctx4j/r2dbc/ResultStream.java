package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.spi.StreamEnd;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * A driver's stream on its way downstream: that of the results, or what is made of one result.
 *
 * <p>Downstream has its subscription before the driver is asked, and the driver is asked only if
 * downstream has not left by then: a driver sends a statement also for a subscriber that has
 * canceled, and one that is sent after its transaction's ROLLBACK commits alone.
 *
 * <p>In general the driver's thread tells all: it ends a drained stream. Only where the connection
 * was closed somebody else may, so {@link StreamEnd} decides which of them does.
 */
final class ResultStream<T> extends StreamEnd implements CoreSubscriber<T>, Subscription {
  /** What takes the place of an element that nobody is going to get. */
  private static final Object SKIPPED = new Object();

  private final ResultFlux<T> flux;
  private final Ctx ctx;
  private final CoreSubscriber<? super T> actual;
  private final Operators.DeferredSubscription upstream = new Operators.DeferredSubscription();
  private volatile @Nullable Execution execution; // null: past all of that, as the driver has it
  private volatile boolean direct;
  private volatile boolean abandoned;
  private volatile Sinks.@Nullable Empty<Void> unwanted;
  private @Nullable Throwable closed; // written before the end is decided

  ResultStream(ResultFlux<T> flux, Ctx ctx, CoreSubscriber<? super T> actual) {
    this.flux = flux;
    this.ctx = ctx;
    this.actual = actual;
  }

  void start() {
    downstreamReady();
    if (hasEnded()) {
      return;
    }
    Execution joined = flux.joinable();
    if (joined != null && joined.join(this)) {
      recheck();
      return;
    }
    if (joined != null && (joined.cutBy() != null || flux.isDrained())) {
      refuse(cutError(joined.cutBy(), null));
    } else if (flux.isRead() || (!ctx.isCancelable() && flux.session.isIdle())) {
      direct = true;
      if (!hasEnded()) {
        connect();
      }
    } else {
      new Execution(flux.session, ctx, flux.shape).join(this);
      recheck();
    }
  }

  private void recheck() {
    Execution execution = this.execution;
    if (execution != null && hasEnded()) { // downstream has left while it joined
      execution.letGo(this);
    }
  }

  // ---- for the execution

  /** The lock is held. */
  void joined(Execution execution) {
    this.execution = execution;
  }

  /** Asks the driver. */
  void connect() {
    Execution execution = this.execution;
    if (execution != null && execution.cutBy() != null) { // before it was sent
      driverEnded(null);
      return;
    }
    Publisher<? extends T> source;
    try {
      source = flux.source(this);
    } catch (RuntimeException e) {
      driverEnded(e);
      return;
    }
    Flux.<T>from(source).subscribe(this);
  }

  boolean isOuter() {
    return flux.isOuter();
  }

  /** Downstream has left, or was told the end. */
  boolean isOver() {
    return hasEnded();
  }

  /** Whether elements go nowhere. */
  boolean isDropping() {
    Execution execution = this.execution;
    return hasEnded() || abandoned || (execution != null && execution.cutBy() != null);
  }

  void drain() {
    try {
      upstream.request(Long.MAX_VALUE);
    } catch (RuntimeException e) { // its answer is still to come, or not
      Operators.onErrorDropped(e, actual.currentContext());
    }
    Sinks.Empty<Void> unwanted = this.unwanted;
    if (unwanted != null) {
      unwanted.tryEmitEmpty();
    }
  }

  /**
   * Completes once elements go nowhere: what is made of a segment, and may take its time, must not
   * keep the driver's stream from its end.
   */
  Mono<Void> unwanted() {
    Sinks.Empty<Void> unwanted = Sinks.empty();
    this.unwanted = unwanted;
    if (isDropping()) {
      unwanted.tryEmitEmpty();
    }
    return unwanted.asMono();
  }

  /** The connection is given back: what was not read by then is lost. */
  void abandon() {
    abandoned = true;
  }

  /**
   * Keeps the driver from sending more; it goes on with what it has sent.
   *
   * @return false: it has thrown, so what it does is not known
   */
  boolean cancelDriver() {
    try {
      upstream.cancel();
      return true;
    } catch (RuntimeException e) {
      Operators.onErrorDropped(e, actual.currentContext());
      return false;
    }
  }

  /** The driver was never asked. */
  void refuse(Throwable why) {
    if (upstreamEnded()) {
      actual.onError(why);
    }
  }

  /** The driver will not tell the end: it was canceled, or the connection was closed. */
  void cut(CtxException err, @Nullable Throwable why) {
    closed = why;
    onDone(err);
  }

  // ---- the driver

  @Override
  public void onSubscribe(Subscription s) {
    upstream.set(s);
    upstreamArrived();
  }

  @Override
  public void onNext(T element) {
    if (isDropping()) {
      discard(element);
      return;
    }
    Execution execution = this.execution;
    T passed = execution == null ? element : flux.passed(execution, element);
    switch (emitting()) {
      case OUTER -> {
        try {
          actual.onNext(passed);
        } finally {
          emitted();
        }
      }
      case NESTED -> actual.onNext(passed);
      case NONE -> discard(element);
    }
  }

  private void discard(T element) {
    if (element instanceof Result result) {
      if (flux.shape.windows()) {
        CtxResult.drain(result, execution);
      }
    } else if (element != SKIPPED) {
      Operators.onDiscard(element, actual.currentContext());
    }
  }

  /** What a mapping function gives where nobody gets it: discarded before anybody looks at it. */
  @SuppressWarnings("unchecked")
  T skipped() {
    return (T) SKIPPED;
  }

  @Override
  public void onError(Throwable e) {
    driverEnded(e);
  }

  @Override
  public void onComplete() {
    Execution execution = this.execution;
    if (execution != null && !isOuter()) {
      execution.given.rows();
    }
    driverEnded(null);
  }

  private void driverEnded(@Nullable Throwable error) {
    Execution execution = this.execution;
    if (execution != null) {
      if (error != null) {
        execution.given.failed(error);
      } else if (execution.endsWithItsResults(this)) {
        return;
      }
    }
    CtxException cut = execution == null ? null : execution.ended(this);
    if (!upstreamEnded()) {
      return;
    }
    if (cut == null && error != null && execution != null) {
      cut = execution.endedBy();
    }
    if (cut != null && execution != null) {
      actual.onError(cutError(cut, error != null ? error : execution.given.failure()));
    } else if (error != null) {
      actual.onError(error);
    } else if (abandoned) {
      actual.onError(new R2dbcNonTransientResourceException(
          "The connection was given back before its result was read"));
    } else if (flux.isValidation()) {
      flux.session.ownership.answer(actual::onComplete);
    } else {
      actual.onComplete();
    }
  }

  /** A copy of ctx's err with the driver's error as its suppressed one. */
  private static Throwable cutError(@Nullable CtxException cut, @Nullable Throwable driver) {
    if (cut == null) {
      return new R2dbcNonTransientResourceException("The result was not read in time");
    }
    CtxException error = cut.copy();
    if (driver != null) {
      error.addSuppressed(driver);
    }
    return error;
  }

  // ---- downstream

  @Override
  public void request(long n) {
    if (Operators.validate(n)) {
      upstream.request(n);
    }
  }

  @Override
  public void cancel() {
    if (!downstreamCanceled()) {
      return;
    }
    Execution execution = this.execution;
    if (execution != null) {
      execution.letGo(this);
    } else if (direct) {
      upstream.cancel();
    }
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  // ---- where the driver does not tell the end

  @Override
  protected void cancelUpstream() {
    cancelDriver();
  }

  @Override
  protected void signalCtxError(CtxException err, boolean arrived) {
    actual.onError(cutError(err, closed));
  }
}
