package io.ctx4j;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What a web application does, and what it leaves on its threads. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
public final class UnloadGuest implements Runnable {
  private static final InheritableThreadLocal<UnloadGuest> INHERITABLE =
      new InheritableThreadLocal<>();
  private static final CtxKey<UnloadGuest> KEY = CtxKey.named("guest");

  private static final Duration SOON = Duration.ofMillis(2);

  private final AtomicInteger calls = new AtomicInteger();

  public UnloadGuest() {}

  private static final class Own extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Waiting implements Subscriber<Void> {
    @Override
    public void onSubscribe(Subscription s) {
      s.request(1);
    }

    @Override
    public void onNext(Void unused) {}

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onComplete() {}
  }

  @Override
  public void run() {
    INHERITABLE.set(this);
    Ctx.background().onDone(this::call);
    CancelCtx application = Ctx.background().withValue(KEY, this).withCancel();
    var fired = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      application.withTimeout(SOON, Own::new).withCancel().onDone(() -> {
        Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> call());
        Thread.currentThread().setUncaughtExceptionHandler(null);
        call();
        fired.countDown();
      });
    }
    try {
      if (!fired.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("stuck");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < 500; i++) { // some of them watched, and lost
      application.withTimeout(Duration.ofHours(1), Own::new).onDone(this::call);
      application.withValue(KEY, this).withCancel();
    }
    application.onDone(this::call, Runnable::run);
    application.onDone(this::call).unregister();
    Ctx.merge(application, Ctx.background().withTimeout(SOON)).done().subscribe(new Waiting());
    TimeSource.system().schedule(this::call, Duration.ofHours(1)).unregister();
    application.cancel(new Own());
    if (calls.get() != 3 + 500 + 1) {
      throw new IllegalStateException("calls: " + calls);
    }
  }

  private void call() {
    calls.incrementAndGet();
  }
}
