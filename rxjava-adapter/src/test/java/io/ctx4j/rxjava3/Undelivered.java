package io.ctx4j.rxjava3;

import io.ctx4j.CtxException;
import io.ctx4j.testing.LateErrors;
import io.reactivex.rxjava3.exceptions.UndeliverableException;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Hooks;

/** Records the errors that come too late to be delivered, of both libraries, until it is closed. */
final class Undelivered implements LateErrors {
  final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

  /** Those of a context that a binding reported, and not an operator of RxJava's below it. */
  final ConcurrentLinkedQueue<Throwable> ofBindings = new ConcurrentLinkedQueue<>();

  Undelivered() {
    RxJavaPlugins.setErrorHandler(this::record);
    Hooks.onErrorDropped(errors::add);
  }

  private void record(Throwable thrown) {
    Throwable cause = thrown.getCause();
    Throwable late = cause != null && thrown instanceof UndeliverableException ? cause : thrown;
    errors.add(late);
    if (isOfCtx(late) && reporter().startsWith(Bound.class.getPackageName())) {
      ofBindings.add(thrown);
    }
  }

  /** Whether it is a context's own. */
  static boolean isOfCtx(@Nullable Throwable error) {
    return error instanceof CtxException
        || (error != null && error.getCause() instanceof CtxException);
  }

  /** The class that has called RxJavaPlugins. */
  private static String reporter() {
    return StackWalker.getInstance()
        .walk(frames -> frames
            .map(StackWalker.StackFrame::getClassName)
            .dropWhile(name -> !name.equals(RxJavaPlugins.class.getName()))
            .dropWhile(name -> name.equals(RxJavaPlugins.class.getName()))
            .findFirst()
            .orElse(""));
  }

  @Override
  public Collection<Throwable> errors() {
    return errors;
  }

  @Override
  public void close() {
    RxJavaPlugins.setErrorHandler(null);
    Hooks.resetOnErrorDropped();
  }
}
