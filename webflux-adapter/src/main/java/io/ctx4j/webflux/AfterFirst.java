package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import reactor.core.publisher.Flux;

/**
 * Ends an event stream with its context, but not before its first element.
 *
 * <p>With that the response has begun. Were it to end without, as the deadline passes just then,
 * its client would get a 200 and nothing.
 */
final class AfterFirst extends DoneListener {
  private final Ctx stream;
  private final CancelCtx end;
  private volatile boolean firstPassed;

  private AfterFirst(Ctx stream) {
    this.stream = stream;
    end = stream.withoutCancel().withCancel();
  }

  /** The elements from the first on; canceled between two of them. */
  static <T> Flux<T> ends(Flux<T> body, Ctx stream) {
    var ending = new AfterFirst(stream);
    return BoundBody.of(CancelBetweenElements.canceled(body, ending::passed), ending.end)
        .doOnSubscribe(begun -> ending.begin());
  }

  private void begin() {
    if (!listen(stream)) {
      onDone(requireNonNull(stream.err()));
    }
  }

  private void passed() {
    if (!firstPassed) {
      firstPassed = true;
      CtxException err = stream.err();
      if (err != null) {
        end.cancel(err);
      }
    }
  }

  @Override
  protected boolean runsApart() {
    return true;
  }

  @Override
  protected void onDone(CtxException err) {
    if (firstPassed) { // else it is going to look itself
      end.cancel(err);
    }
  }
}
