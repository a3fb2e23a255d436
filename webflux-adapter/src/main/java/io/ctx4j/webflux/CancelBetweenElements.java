package io.ctx4j.webflux;

import java.util.concurrent.atomic.AtomicReference;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Cancels its source between two elements, not while one is handed on.
 *
 * <p>A servlet container writes on the thread that hands it an element, and canceled elsewhere a timer of Reactor
 * interrupts its own ({@code WorkerTask.dispose}, so does {@code Flux.interval}). A thread that is interrupted as it
 * writes loses the connection: Tomcat's {@code NioChannel.checkInterruptStatus} throws, and a channel of the JDK
 * closes itself. An event stream would be cut off, and is to end cleanly.
 *
 * <p>All elements are handed on, also those that come too late: downstream knows that it has ended.
 */
final class CancelBetweenElements<T> extends PassThrough<T> {
  private enum State {
    IDLE,
    HANDING_ON,
    /** Whoever hands on is to cancel after that. */
    TO_BE_CANCELED,
    CANCELED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

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
    boolean outermost = state.compareAndSet(State.IDLE, State.HANDING_ON);
    try {
      super.onNext(element);
      passed.run();
    } finally {
      if (outermost && !state.compareAndSet(State.HANDING_ON, State.IDLE)) {
        state.set(State.CANCELED);
        super.cancel();
      }
    }
  }

  @Override
  public void cancel() {
    State before = state.getAndUpdate(witness -> switch (witness) {
      case IDLE -> State.CANCELED;
      case HANDING_ON -> State.TO_BE_CANCELED;
      default -> witness;
    });
    if (before == State.IDLE) {
      super.cancel();
    }
  }
}
