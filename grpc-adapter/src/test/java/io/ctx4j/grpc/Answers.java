package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.Await;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What one side of a call is told. */
final class Answers implements StreamObserver<String> {
  final List<String> messages = new CopyOnWriteArrayList<>();
  private volatile @Nullable Throwable error;
  private final AtomicInteger ends = new AtomicInteger();

  @Override
  public void onNext(String message) {
    messages.add(message);
  }

  @Override
  public void onError(Throwable thrown) {
    error = thrown;
    ends.incrementAndGet();
  }

  @Override
  public void onCompleted() {
    ends.incrementAndGet();
  }

  Throwable error() {
    return requireNonNull(error, "no error");
  }

  boolean isOver() {
    return ends.get() > 0;
  }

  /** How it ended: once. */
  Status status() {
    Await.until(() -> ends.get() > 0, () -> "no end after " + messages);
    if (ends.get() > 1) {
      throw new AssertionError("ended " + ends + " times");
    }
    Throwable error = this.error;
    return error == null ? Status.OK : Status.fromThrowable(error);
  }
}
