package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.TimeSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * What is asked of a connection and is no statement: it has the connection for itself, and once it
 * was handed to the driver nobody cuts it.
 *
 * <p>Downstream may leave; what was begun goes on to its answer all the same. Where that does not
 * come within {@code giveUp} of the context's end, the connection is closed.
 */
abstract class Operation extends Work implements Subscription {
  private static final int PENDING = 0;
  private static final int GONE = 1;
  private static final int SIGNALED = 2;

  final Ctx ctx;
  private final CoreSubscriber<? super Void> actual;
  private final AtomicInteger downstream = new AtomicInteger(PENDING);
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile Ctx.@Nullable Registration giveUp;

  Operation(Session session, CoreSubscriber<? super Void> actual) {
    this(session, actual, session.ctxOf(actual.currentContext()));
  }

  Operation(Session session, CoreSubscriber<? super Void> actual, Ctx ctx) {
    super(session);
    this.actual = actual;
    this.ctx = ctx;
  }

  /** A Mono that makes one of these for each subscriber. */
  static Mono<Void> mono(Function<CoreSubscriber<? super Void>, Operation> factory) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        Operation operation = factory.apply(actual);
        actual.onSubscribe(operation);
        if (operation.downstream.get() == PENDING) {
          operation.enter();
        }
      }
    };
  }

  // ---- for subclasses

  /** Asks for its turn; no lock is held. */
  void enter() {
    session.enter(this);
  }

  /** Why the driver is not to be asked; the lock is held. */
  @Override
  @Nullable Throwable admit() {
    return null;
  }

  /** What is asked of the driver; null: nothing. */
  abstract @Nullable Publisher<?> call();

  /**
   * The driver has answered, or the connection was closed; the lock is held.
   *
   * @param heard false: downstream has left
   * @return what downstream is told; null: success
   */
  abstract @Nullable Throwable settle(@Nullable Throwable error, boolean heard);

  /** Whether it is done also where downstream leaves while it waits. */
  boolean outlivesDownstream() {
    return false;
  }

  /** What downstream is told where the connection is closed already; null: success. */
  @Nullable Throwable whenClosed(Throwable why) {
    return why;
  }

  static Throwable withSuppressed(CtxException err, Throwable suppressed) {
    CtxException copy = err.copy();
    copy.addSuppressed(suppressed);
    return copy;
  }

  // ---- its turn

  @Override
  boolean goesBeside(Work other) {
    return other instanceof Execution execution && execution.leavesRoom();
  }

  @Override
  final void start() {
    if (!listen(ctx)) {
      armGiveUp();
    }
    Publisher<?> call;
    try {
      call = call();
    } catch (RuntimeException e) {
      ended(e);
      return;
    }
    if (call == null) {
      ended(null);
    } else {
      Flux.from(call).subscribe(new Answer());
    }
  }

  @Override
  protected final void onDone(CtxException err) {
    armGiveUp();
  }

  private void armGiveUp() {
    var after = session.settings.giveUp();
    giveUp = TimeSource.system()
        .schedule(
            () -> session.close(
                this + ": no answer within " + after + " of the context's end", ctx.err()),
            after);
    if (over.get()) {
      disarm();
    }
  }

  private void disarm() {
    Ctx.Registration giveUp = this.giveUp;
    if (giveUp != null) {
      giveUp.unregister();
    }
  }

  private void ended(@Nullable Throwable error) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    unlisten();
    disarm();
    boolean heard = downstream.compareAndSet(PENDING, SIGNALED);
    Throwable end;
    synchronized (session.lock) {
      end = settle(error, heard);
    }
    session.leave(this);
    if (heard) {
      session.ownership.answer(() -> signal(end));
    }
  }

  @Override
  final void refuse(Throwable why) {
    Throwable end;
    synchronized (session.lock) {
      end = session.isClosed() ? whenClosed(why) : why;
    }
    if (downstream.compareAndSet(PENDING, SIGNALED)) {
      session.ownership.answer(() -> signal(end));
    }
  }

  @Override
  final void closed(Throwable why) {
    ended(why);
  }

  private void signal(@Nullable Throwable error) {
    if (error != null) {
      actual.onError(error);
      return;
    }
    actual.onComplete();
  }

  // ---- downstream

  @Override
  public final void request(long n) {}

  @Override
  public final void cancel() {
    if (downstream.compareAndSet(PENDING, GONE) && !outlivesDownstream()) {
      boolean withdrawn;
      synchronized (session.lock) {
        withdrawn = session.withdraw(this);
      }
      if (withdrawn) {
        session.proceed();
      }
    }
  }

  private final class Answer implements CoreSubscriber<Object> {
    @Override
    public void onSubscribe(Subscription s) {
      s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object nothing) {}

    @Override
    public void onError(Throwable e) {
      ended(e);
    }

    @Override
    public void onComplete() {
      ended(null);
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }
  }
}
