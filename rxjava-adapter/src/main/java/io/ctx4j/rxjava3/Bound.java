package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.spi.StreamEnd;
import io.reactivex.rxjava3.exceptions.Exceptions;
import io.reactivex.rxjava3.exceptions.ProtocolViolationException;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One bound subscription of any type: RxJava's rules around {@link StreamEnd}, which decides who ends it.
 *
 * <p>What is here is the same for all five: how it begins, how the consumer leaves, and where an error goes
 * that comes too late.
 *
 * @param <U> what the source comes with: a Subscription or a Disposable
 */
abstract class Bound<U> extends StreamEnd {
  private final Ctx ctx;
  private @Nullable U upstream;

  /** The context of this subscription alone, closed with it. */
  private @Nullable CancelCtx own;

  private volatile boolean left;

  Bound(Ctx ctx) {
    this.ctx = ctx;
  }

  /** Calls the consumer's onSubscribe with this. */
  abstract void subscribed();

  /** Calls the consumer's onError. */
  abstract void failed(Throwable error);

  /** Cancels or disposes what the source has come with. */
  abstract void stop(U upstream);

  /**
   * Listens to the context, before the source is subscribed to: one that never answers is cut as well.
   *
   * @param timeout null: to the context itself; else to a child of it with that timeout
   * @return false: it is done, the consumer has been told, and the source is to be left alone (R2)
   */
  final boolean begin(@Nullable Duration timeout) {
    Ctx to = ctx;
    if (timeout != null) {
      own = ctx.withTimeout(timeout);
      to = own;
    }
    if (listen(to)) {
      return true;
    }
    upstreamEnded();
    signalCtxError(requireNonNull(to.err()), false);
    return false;
  }

  /** For the {@code onSubscribe} of all types. */
  final void join(U upstream) {
    requireNonNull(upstream, "upstream");
    if (this.upstream != null) {
      stop(upstream);
      RxJavaPlugins.onError(new ProtocolViolationException("onSubscribe was called before"));
      return;
    }
    this.upstream = upstream;
    if (upstreamArrived()) {
      subscribed();
      downstreamReady();
    } else {
      stop(upstream);
    }
  }

  /** The source has ended: as {@link #upstreamEnded}, and what this subscription alone had is closed. */
  final boolean ends() {
    boolean first = upstreamEnded();
    if (first) {
      closeOwn();
    }
    return first;
  }

  /** For the {@code onError} of all types. */
  public final void onError(Throwable error) {
    if (ends()) {
      failed(error);
    } else {
      late(error);
    }
  }

  /** The consumer leaves; any number of times. */
  public final void dispose() {
    left = true;
    if (downstreamCanceled()) {
      closeOwn();
      stopSource();
    }
  }

  /** Whether the stream has ended, by whomever. */
  public final boolean isDisposed() {
    return hasEnded();
  }

  private void closeOwn() {
    if (own != null) {
      own.close();
    }
  }

  /** Null: the source has not come with its subscription. */
  final @Nullable U upstream() {
    return upstream;
  }

  final void stopSource() {
    if (upstream != null) {
      stop(upstream);
    }
  }

  @Override
  protected final void cancelUpstream() {
    try {
      stopSource();
    } catch (Throwable e) {
      Exceptions.throwIfFatal(e);
      late(e);
    }
  }

  @Override
  protected final void signalCtxError(CtxException err, boolean arrived) {
    if (!arrived) {
      subscribed();
      if (left) { // inside of onSubscribe: then an error would be undeliverable
        return;
      }
    }
    failed(err.copy());
  }

  /**
   * An error that nobody can be told any more: RxJava's handler gets it, as it does from every operator.
   *
   * <p>Not so one of a context, or an interruption now that the context is done (X5): they only say once more
   * that it is. A cut further down interrupts the source as well, so it does not have to be this one.
   */
  final void late(Throwable error) {
    if (!isOfContext(error) && !isOfContext(error.getCause())) {
      RxJavaPlugins.onError(error);
    }
  }

  private boolean isOfContext(@Nullable Throwable error) {
    return error instanceof CtxException
        || (isInterruption(error) && (endedByCtx() || ctx.isDone()));
  }

  private static boolean isInterruption(@Nullable Throwable error) {
    return error instanceof InterruptedException
        || error instanceof ClosedByInterruptException
        || (error instanceof InterruptedIOException && !(error instanceof SocketTimeoutException));
  }
}
