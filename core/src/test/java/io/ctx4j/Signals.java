package io.ctx4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A subscriber of {@code done()} that records its signals and requests nothing of its own accord.
 */
class Signals implements Subscriber<Void> {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final Box<Subscription> subscription = new Box<>();
  private final Box<Throwable> error = new Box<>();

  static Signals of(Ctx ctx) {
    var signals = new Signals();
    ctx.done().subscribe(signals);
    return signals;
  }

  @Override
  public void onSubscribe(Subscription s) {
    subscription.set(s);
    events.add("onSubscribe");
  }

  @Override
  public void onNext(Void unused) {
    events.add("onNext");
  }

  @Override
  public void onError(Throwable thrown) {
    error.set(thrown);
    events.add("onError");
  }

  @Override
  public void onComplete() {
    events.add("onComplete");
  }

  final List<String> events() {
    return events;
  }

  final Throwable error() {
    return error.get();
  }

  final Subscription subscription() {
    return subscription.get();
  }
}
