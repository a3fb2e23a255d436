package io.ctx4j.reactor;

import io.ctx4j.testing.LateErrors;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.util.context.Context;

/** Records what goes to the hooks for late errors and elements, and for discarded elements. */
final class Dropped implements LateErrors {
  final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<Object> elements = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();

  /** Sets the hooks that all streams share, until this is closed. */
  static Dropped everywhere() {
    var dropped = new Dropped();
    Hooks.onErrorDropped(dropped.errors::add);
    Hooks.onNextDropped(dropped.elements::add);
    return dropped;
  }

  /** The hooks of one subscriber, for its Context. */
  Context hooks() {
    Consumer<Throwable> onError = errors::add;
    Consumer<Object> onNext = elements::add;
    var discards = new AtomicInteger();
    Consumer<Object> onDiscard = element -> {
      discarded.add(element);
      Unending.discarded(discards.incrementAndGet());
    };
    return Context.of(
        "reactor.onErrorDropped.local", onError,
        "reactor.onNextDropped.local", onNext,
        "reactor.onDiscard.local", onDiscard);
  }

  /** The discard hook stands in the subscriber's Context: this writes it there. */
  <T> Flux<T> on(Flux<T> flux) {
    return flux.doOnDiscard(Object.class, discarded::add);
  }

  @Override
  public Collection<Throwable> errors() {
    return errors;
  }

  @Override
  public void close() {
    Hooks.resetOnErrorDropped();
    Hooks.resetOnNextDropped();
  }
}
