package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A connection on its way to who asked for it: it is theirs or is given back, never both.
 *
 * <p>A pool takes a connection back also when it is canceled while it hands it out, or after that,
 * and then two have it. Here one step decides. A pool's users count on the latter, though: Spring
 * never closes the connection on which it was canceled in the middle of BEGIN. So a late cancel is
 * a close, around a pool; but not one that comes out of the handing out itself, by who takes a
 * first one and wants no second: {@code next()}, Kotlin's {@code awaitFirst}.
 *
 * <pre>
 *   PENDING ──► PREPARING ──► TAKEN      where there is nothing to prepare: at once
 *      │          │     │       │
 *      │          │     ▼ it is canceled
 *      │          │    LEFT     │
 *      ▼          ▼     ▼       ▼
 *                GONE
 * </pre>
 *
 * <p>What is prepared is not canceled, which would leave a connection that nobody has: it is closed
 * once it has answered, or is given up.
 */
final class Acquisition implements CoreSubscriber<Connection>, Subscription {
  private static final int PENDING = 0;
  private static final int PREPARING = 1;
  private static final int TAKEN = 2;
  private static final int LEFT = 3;
  private static final int GONE = 4;

  private final Settings settings;
  private final CoreSubscriber<? super Connection> actual;
  private final Operators.DeferredSubscription upstream = new Operators.DeferredSubscription();
  private final AtomicInteger state = new AtomicInteger(PENDING);
  private volatile @Nullable Connection prepared;
  private volatile @Nullable CtxConnection taken;
  private volatile @Nullable Thread handingOut;

  private Acquisition(Settings settings, CoreSubscriber<? super Connection> actual) {
    this.settings = settings;
    this.actual = actual;
  }

  static Mono<Connection> mono(Settings settings, Publisher<? extends Connection> create) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Connection> actual) {
        var acquisition = new Acquisition(settings, actual);
        actual.onSubscribe(acquisition);
        if (acquisition.state.get() == PENDING) {
          Mono.<Connection>from(create).subscribe(acquisition);
        }
      }
    };
  }

  @Override
  public void onSubscribe(Subscription s) {
    s.request(Long.MAX_VALUE);
    upstream.set(s);
  }

  @Override
  public void onNext(Connection connection) {
    if (!state.compareAndSet(PENDING, PREPARING)) {
      close(connection);
    } else if (settings.canceler() instanceof KillQuery killQuery) {
      prepared = connection;
      killQuery
          .prepare(Driver.physical(connection))
          .subscribe(nothing -> {}, e -> notPrepared(connection, e), () -> handOut(connection));
    } else {
      handOut(connection);
    }
  }

  private void handOut(Connection connection) {
    Ctx owner = CtxOps.get(actual.currentContext());
    var decorated = new CtxConnection(connection, settings, owner);
    taken = decorated;
    handingOut = Thread.currentThread();
    if (state.compareAndSet(PREPARING, TAKEN)) {
      try {
        actual.onNext(decorated);
      } finally {
        handingOut = null;
      }
      actual.onComplete();
    } else {
      closeLeft(connection);
    }
  }

  private void notPrepared(Connection connection, Throwable e) {
    if (state.compareAndSet(PREPARING, GONE)) {
      close(connection);
      actual.onError(e);
    } else {
      closeLeft(connection);
    }
  }

  private void closeLeft(Connection connection) {
    if (state.compareAndSet(LEFT, GONE)) {
      close(connection);
    }
  }

  @Override
  public void onError(Throwable e) {
    if (state.compareAndSet(PENDING, GONE)) {
      actual.onError(e);
    }
  }

  @Override
  public void onComplete() {
    if (state.compareAndSet(PENDING, GONE)) {
      actual.onComplete();
    }
  }

  @Override
  public void request(long n) {}

  @Override
  public void cancel() {
    if (state.compareAndSet(PENDING, GONE)) {
      upstream.cancel();
    } else if (state.compareAndSet(PREPARING, LEFT)) {
      giveUpLater();
    } else if (handingOut != Thread.currentThread()
        && state.compareAndSet(TAKEN, GONE)
        && settings.pooled()) {
      CtxConnection decorated = taken;
      if (decorated != null) {
        close(decorated);
      }
    }
  }

  /** It was left: whoever prepares it closes it, or this. */
  private void giveUpLater() {
    Connection connection = prepared;
    if (connection != null) { // else it is handed out at this moment
      TimeSource.system().schedule(() -> giveUp(connection), settings.giveUp());
    }
  }

  private void giveUp(Connection connection) {
    if (state.get() == LEFT) {
      close(Driver.physical(connection));
      closeLeft(connection);
    }
  }

  private static void close(Connection connection) {
    Flux.defer(connection::close).subscribe(nothing -> {}, e -> {});
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }
}
