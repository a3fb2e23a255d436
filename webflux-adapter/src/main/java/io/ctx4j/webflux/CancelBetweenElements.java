package io.ctx4j.webflux;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Cancels its source between two elements, not while one is handed on.
 *
 * <p>A servlet container writes on the thread that hands it an element, and canceled elsewhere a
 * timer of Reactor interrupts its own ({@code WorkerTask.dispose}, so does {@code Flux.interval}).
 * A thread that is interrupted as it writes loses the connection: Tomcat's
 * {@code NioChannel.checkInterruptStatus} throws, and a channel of the JDK closes itself. An event
 * stream would be cut off, and is to end cleanly.
 *
 * <p>All elements are handed on, also those that come too late: downstream knows that it has ended.
 */
final class CancelBetweenElements<T> extends PassThrough<T> {
  @SuppressWarnings("rawtypes") // there is no class of it with its parameter
  private static final CancelBetweenSteps<CancelBetweenElements> STEPS = new CancelBetweenSteps<>(
      AtomicIntegerFieldUpdater.newUpdater(CancelBetweenElements.class, "state"));

  @SuppressWarnings("UnusedVariable") // changed by STEPS
  private volatile int state;

  private final Runnable passed;

  private CancelBetweenElements(CoreSubscriber<? super T> downstream, Runnable passed) {
    super(downstream);
    this.passed = passed;
  }

  /**
   * Takes a source's elements.
   *
   * @param passed told of each that has been handed on
   */
  static <T> Flux<T> canceled(Flux<T> source, Runnable passed) {
    return source.transform(Operators.<T, T>lift(
        (scannable, downstream) -> new CancelBetweenElements<>(downstream, passed)));
  }

  @Override
  public void onNext(T element) {
    boolean outermost = STEPS.begin(this);
    try {
      super.onNext(element);
      passed.run();
    } finally {
      if (outermost && STEPS.end(this)) {
        super.cancel();
      }
    }
  }

  @Override
  public void cancel() {
    if (STEPS.cancel(this)) {
      super.cancel();
    }
  }
}
