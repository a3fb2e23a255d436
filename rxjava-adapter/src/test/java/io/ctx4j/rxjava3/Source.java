package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.reactivex.rxjava3.disposables.Disposable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;

/**
 * A source of any {@link Type}, in the test's hands: it sends what it is told to, also what is
 * forbidden.
 */
final class Source implements Subscription, Disposable {
  final AtomicInteger subscribed = new AtomicInteger();
  final AtomicInteger canceled = new AtomicInteger();
  final List<Long> requests = new CopyOnWriteArrayList<>();

  /** Runs inside {@code subscribe}, before onSubscribe. */
  volatile Runnable inSubscribe = () -> {};

  /** Runs inside {@code cancel()} and {@code dispose()}. */
  volatile Runnable inCancel = () -> {};

  /** Runs inside {@code request(n)}. */
  volatile Runnable inRequest = () -> {};

  /** Whether {@code subscribe} leaves {@code onSubscribe} to {@link #join()}. */
  volatile boolean late;

  private volatile @Nullable Sender sender;

  /**
   * What a subscriber of some type can be told.
   *
   * @param end completes, after its one value where the type has one
   */
  record Sender(
      Runnable subscribe, IntConsumer next, Runnable end, Consumer<? super Throwable> error) {}

  void connect(Sender sender) {
    subscribed.incrementAndGet();
    this.sender = sender;
    inSubscribe.run();
    if (!late) {
      join();
    }
  }

  void join() {
    sender().subscribe.run();
  }

  void emit(int... items) {
    for (int item : items) {
      sender().next.accept(item);
    }
  }

  void end() {
    sender().end.run();
  }

  void fail(Throwable error) {
    sender().error.accept(error);
  }

  /** Forgets its subscriber, as a source does that has ended. */
  void forget() {
    sender = null;
  }

  private Sender sender() {
    return requireNonNull(sender, "not subscribed to");
  }

  @Override
  public void request(long n) {
    requests.add(n);
    inRequest.run();
  }

  @Override
  public void cancel() {
    canceled.incrementAndGet();
    inCancel.run();
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
