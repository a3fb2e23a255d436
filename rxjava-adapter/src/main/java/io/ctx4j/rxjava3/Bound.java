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
 * One bound subscription of any type: RxJava's rules around {@link StreamEnd}, which decides who
 * ends it.
 *
 * <p>What is here is the same for all five: how it begins, how downstream leaves, and where an
 * error goes that comes too late.
 *
 * <p><b>What a done context provokes</b> never takes the place of its error (R1). It closes
 * resources and interrupts threads, also before it comes to this stream, and to cancel upstream
 * does so as well; what fails because of that comes as a signal, or as a throw out of a call to
 * upstream. Once the context is done either is late ({@link #endsByCtx}), as all is that upstream
 * says after an end.
 *
 * @param <U> what upstream comes with: a Subscription or a Disposable
 */
abstract class Bound<U> extends StreamEnd {
  private final Ctx ctx;
  private @Nullable U upstream;

  /** The context of this subscription alone, closed with it. */
  private @Nullable CancelCtx child;

  private volatile boolean disposed;

  Bound(Ctx ctx) {
    this.ctx = ctx;
  }

  /** Calls downstream's onSubscribe with this. */
  abstract void subscribeDownstream();

  /** Calls downstream's onError. */
  abstract void signalError(Throwable error);

  /** Cancels or disposes what upstream has come with. */
  abstract void stop(U upstream);

  /**
   * Listens to the context, before the source is subscribed to: one that never answers is ended as
   * well.
   *
   * @param timeout null: to the context itself; else to a child of it with that timeout
   * @return false: it is done, downstream has been told, and the source is to be left alone (R2)
   */
  final boolean begin(@Nullable Duration timeout) {
    if (timeout != null) {
      try {
        child = ctx.withTimeout(timeout);
      } catch (Throwable e) { // of its time source
        Exceptions.throwIfFatal(e);
        refuse(e);
        return false;
      }
    }
    if (listen(child == null ? ctx : child)) {
      return true;
    }
    upstreamEnded();
    signalCtxError(requireNonNull(ctxErr()), false);
    return false;
  }

  /** There is no context for this subscription. */
  private void refuse(Throwable error) {
    upstreamEnded();
    subscribeDownstream();
    if (disposed) {
      RxJavaPlugins.onError(error);
    } else {
      signalError(error);
    }
  }

  /** The call that subscribes to the source is over: to be called before one's own is. */
  final void subscribed() {
    subscribeReturned();
  }

  /**
   * For the {@code onSubscribe} of all types; null and a second one are answered as RxJava does.
   */
  final void arrived(@Nullable U upstream, String alreadySet) {
    if (upstream == null) {
      RxJavaPlugins.onError(new NullPointerException("next is null"));
      return;
    }
    if (this.upstream != null) {
      stop(upstream);
      RxJavaPlugins.onError(new ProtocolViolationException(alreadySet));
      return;
    }
    this.upstream = upstream;
    if (upstreamArrived()) {
      try {
        subscribeDownstream();
      } finally {
        downstreamReady();
      }
    } else {
      cancelUpstream();
    }
  }

  /**
   * Upstream has ended: as {@link #upstreamEnded}, and what this subscription alone had is closed.
   */
  final boolean ends() {
    boolean first = upstreamEnded();
    if (first) {
      closeChild();
    }
    return first;
  }

  /** For the {@code onError} of all types. */
  public final void onError(Throwable error) {
    if (!endsByCtx() && ends()) {
      signalError(error);
    } else {
      late(error);
    }
  }

  /**
   * Upstream has thrown something where this called it.
   *
   * @return true: the context has ended the stream, and the call is to return as if there were
   *     nothing more; false: it is upstream's own
   */
  final boolean endsByCtx(Throwable thrown) {
    Exceptions.throwIfFatal(thrown);
    boolean byCtx = endsByCtx();
    if (byCtx) {
      late(thrown);
    }
    return byCtx;
  }

  /**
   * Whether the context has ended the stream; does so where it is done and its callback is yet to
   * come.
   */
  private boolean endsByCtx() {
    CtxException err = ctxErr();
    if (err != null) {
      onDone(err);
    }
    return endedByCtx();
  }

  /** Downstream leaves; any number of times. */
  public final void dispose() {
    disposed = true;
    if (downstreamCanceled()) {
      closeChild();
      stopUpstream();
    }
  }

  /** Whether the stream has ended, by whomever. */
  public final boolean isDisposed() {
    return hasEnded();
  }

  /** Of the context that this is bound to. */
  private @Nullable CtxException ctxErr() {
    return child == null ? ctx.err() : child.err();
  }

  private void closeChild() {
    if (child != null) {
      child.close();
    }
  }

  /** Null: upstream has not come yet. */
  final @Nullable U upstream() {
    return upstream;
  }

  private void stopUpstream() {
    if (upstream != null) {
      stop(upstream);
    }
  }

  @Override
  protected final void cancelUpstream() {
    try {
      stopUpstream();
    } catch (Throwable e) {
      Exceptions.throwIfFatal(e);
      late(e);
    }
  }

  @Override
  protected final void signalCtxError(CtxException err, boolean arrived) {
    if (!arrived) {
      subscribeDownstream();
      downstreamReady();
      if (disposed) { // inside of onSubscribe: then an error would be undeliverable
        return;
      }
    }
    signalError(err.copy());
  }

  /**
   * An error that nobody can be told any more: RxJava's handler gets it, as it does from every
   * operator.
   *
   * <p>Not so one of a context, or an interruption now that the context is done (X5): they only say
   * once more that it is. An end further down interrupts upstream as well, so it does not have to
   * be this one.
   */
  private void late(@Nullable Throwable error) {
    boolean done = endedByCtx() || ctx.isDone();
    if (error == null || !(isOfCtx(error, done) || isOfCtx(error.getCause(), done))) {
      RxJavaPlugins.onError(error);
    }
  }

  private static boolean isOfCtx(@Nullable Throwable error, boolean done) {
    return error instanceof CtxException || (done && isInterruption(error));
  }

  private static boolean isInterruption(@Nullable Throwable error) {
    return error instanceof InterruptedException
        || error instanceof ClosedByInterruptException
        || (error instanceof InterruptedIOException && !(error instanceof SocketTimeoutException));
  }
}
