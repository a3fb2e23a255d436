package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.operators.QueueDisposable;
import io.reactivex.rxjava3.operators.QueueSubscription;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;

/**
 * A source in the test's hands that lets its consumer take the items from a queue, as a Flowable or
 * Observable.
 */
final class QueuedSource implements QueueSubscription<Integer>, QueueDisposable<Integer> {
  final AtomicInteger canceled = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();

  /** Runs inside of {@code poll()}. */
  volatile Runnable inPoll = () -> {};

  /** Runs inside of {@code isEmpty()}. */
  volatile Runnable inIsEmpty = () -> {};

  /** Runs inside of either, once the queue was looked at. */
  volatile Runnable looked = () -> {};

  /** Runs inside of {@code clear()}. */
  volatile Runnable inClear = () -> {};

  private final ConcurrentLinkedQueue<Integer> items = new ConcurrentLinkedQueue<>();
  private final int mode;
  private volatile boolean fused;
  private volatile Source.@Nullable Sender sender;

  private QueuedSource(int mode) {
    this.mode = mode;
  }

  /** One that is full from the start. */
  static QueuedSource synchronous(int... items) {
    var source = new QueuedSource(SYNC);
    for (int item : items) {
      source.items.add(item);
    }
    return source;
  }

  static QueuedSource asynchronous() {
    return new QueuedSource(ASYNC);
  }

  Flowable<Integer> flowable() {
    return new Flowable<>() {
      @Override
      protected void subscribeActual(Subscriber<? super Integer> to) {
        connect(new Source.Sender(
            () -> to.onSubscribe(QueuedSource.this),
            item -> to.onNext(fused ? null : item),
            to::onComplete,
            to::onError));
      }
    };
  }

  Observable<Integer> observable() {
    return new Observable<>() {
      @Override
      protected void subscribeActual(Observer<? super Integer> to) {
        connect(new Source.Sender(
            () -> to.onSubscribe(QueuedSource.this),
            item -> to.onNext(fused ? null : item),
            to::onComplete,
            to::onError));
      }
    };
  }

  private void connect(Source.Sender sender) {
    this.sender = sender;
    sender.subscribe().run();
  }

  private Source.Sender sender() {
    return requireNonNull(sender, "not subscribed to");
  }

  void emit(int... more) {
    for (int item : more) {
      items.add(item);
      sender().next().accept(item);
    }
  }

  void end() {
    sender().end().run();
  }

  void fail(Throwable error) {
    sender().error().accept(error);
  }

  int size() {
    return items.size();
  }

  @Override
  public int requestFusion(int requested) {
    int granted = (requested & BOUNDARY) == 0 ? requested & mode : NONE;
    fused = granted != NONE;
    return granted;
  }

  @Override
  public @Nullable Integer poll() {
    inPoll.run();
    Integer first = items.poll();
    looked.run();
    return first;
  }

  @Override
  public boolean isEmpty() {
    inIsEmpty.run();
    boolean empty = items.isEmpty();
    looked.run();
    return empty;
  }

  @Override
  public void clear() {
    inClear.run();
    items.clear();
  }

  @Override
  public boolean offer(Integer item) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean offer(Integer first, Integer second) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void request(long n) {
    requests.incrementAndGet();
  }

  @Override
  public void cancel() {
    canceled.incrementAndGet();
  }

  @Override
  public void dispose() {
    cancel();
  }

  @Override
  public boolean isDisposed() {
    return canceled.get() > 0;
  }
}
