package io.ctx4j.stress;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;

/** A fused source with two elements, "1" and "2", that are there from the start. */
final class QueueSource extends Source implements Fuseable, QueueSubscription<Object> {
  private final int mode;
  private final AtomicInteger polled = new AtomicInteger();

  /** A source that grants this mode, {@link Fuseable#SYNC} or {@link Fuseable#ASYNC}. */
  QueueSource(int mode) {
    this.mode = mode;
  }

  @Override
  public int requestFusion(int requested) {
    return requested & mode;
  }

  @Override
  public @Nullable Object poll() {
    return polled.get() < 2 ? Integer.toString(polled.incrementAndGet()) : null;
  }

  @Override
  public int size() {
    return 2 - polled.get();
  }

  @Override
  public boolean isEmpty() {
    return size() == 0;
  }

  @Override
  public void clear() {
    polled.set(2);
  }
}
