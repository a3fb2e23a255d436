package io.ctx4j.rxjava3;

import io.reactivex.rxjava3.exceptions.UndeliverableException;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Hooks;

/** Records the errors that come too late to be delivered, of both libraries, until it is closed. */
final class Undelivered implements AutoCloseable {
  final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

  Undelivered() {
    RxJavaPlugins.setErrorHandler(this::record);
    Hooks.onErrorDropped(errors::add);
  }

  private void record(Throwable thrown) {
    @Nullable Throwable late = thrown instanceof UndeliverableException ? thrown.getCause() : thrown;
    errors.add(late == null ? thrown : late);
  }

  @Override
  public void close() {
    RxJavaPlugins.setErrorHandler(null);
    Hooks.resetOnErrorDropped();
  }
}
