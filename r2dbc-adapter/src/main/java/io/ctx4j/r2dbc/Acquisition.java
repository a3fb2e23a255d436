package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
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
 * <p>A pool takes a connection back also when it is canceled while it hands it out, or after that, and then two
 * have it. Here one step decides. A pool's users count on the latter, though: Spring never closes the connection
 * on which it was canceled in the middle of BEGIN. So a late cancel is a close, around a pool.
 */
final class Acquisition implements CoreSubscriber<Connection>, Subscription {
  private static final int PENDING = 0;
  private static final int TAKEN = 1;
  private static final int GONE = 2;

  private final Settings settings;
  private final CoreSubscriber<? super Connection> actual;
  private final Operators.DeferredSubscription upstream = new Operators.DeferredSubscription();
  private final AtomicInteger state = new AtomicInteger(PENDING);
  private volatile @Nullable CtxConnection taken;

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
          Mono.<Connection>from(create).flatMap(acquisition::prepare).subscribe(acquisition);
        }
      }
    };
  }

  private Mono<Connection> prepare(Connection connection) {
    return settings.canceler() instanceof KillQuery killQuery
        ? killQuery.prepare(Driver.physical(connection)).thenReturn(connection)
        : Mono.just(connection);
  }

  @Override
  public void onSubscribe(Subscription s) {
    s.request(Long.MAX_VALUE);
    upstream.set(s);
  }

  @Override
  public void onNext(Connection connection) {
    Ctx owner = CtxOps.get(actual.currentContext());
    var decorated = new CtxConnection(connection, settings, owner);
    taken = decorated;
    if (state.compareAndSet(PENDING, TAKEN)) {
      actual.onNext(decorated);
      actual.onComplete();
    } else {
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
    } else if (state.compareAndSet(TAKEN, GONE) && settings.pooled()) {
      CtxConnection decorated = taken;
      if (decorated != null) {
        close(decorated);
      }
    }
  }

  private static void close(Connection connection) {
    Flux.from(connection.close()).subscribe(nothing -> {}, e -> {});
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }
}
