package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks the database to end what is canceled, until the connection has answered or is given up.
 *
 * <p>The message takes a way of its own. It can overtake the statement and is lost then, so it is
 * sent again; and it can come after it and hit the next one, so nothing starts between sending and
 * delivery.
 */
final class Abort {
  private static final Duration ASK_AGAIN = Duration.ofMillis(50);

  private final Session session;
  private final CtxException err;
  private final Disposable.Swap message = reactor.core.Disposables.swap();
  private volatile Ctx.@Nullable Registration nextMessage;
  private volatile Ctx.@Nullable Registration giveUp;
  private volatile boolean needed;
  private volatile boolean over;
  private int asked; // a message after the other

  Abort(Session session, CtxException err) {
    this.session = session;
    this.err = err;
  }

  /** From here on the answer has so long to come. */
  void begin() {
    Duration after = session.settings.giveUp();
    giveUp = TimeSource.system()
        .schedule(
            () -> session.close("No answer within " + after + " of the context's end", err), after);
    if (over) {
      stop();
    }
  }

  /** The driver was told that nobody listens any more: what then is not over has to be ended. */
  void send() {
    needed = !over;
    if (needed && session.settings.canceler() != null) {
      ask();
    }
  }

  private void ask() {
    if (session.cancelSent(this)) {
      asked++;
      message.update(
          Flux.from(message()).subscribe(nothing -> {}, e -> delivered(), this::delivered));
    }
  }

  private Publisher<Void> message() {
    Canceler canceler = session.settings.canceler();
    if (canceler == null) {
      return Mono.empty();
    }
    return Mono.defer(() -> Mono.from(canceler.cancel(session.physical)));
  }

  private void delivered() {
    if (session.cancelDelivered(this)) {
      nextMessage = TimeSource.system().schedule(this::ask, ASK_AGAIN);
      if (over) {
        stop();
      }
    }
  }

  void answered() {
    over = true;
    stop();
    if (needed) {
      session.settings.report(asked > 1 ? AbortOutcome.ASKED_AGAIN : AbortOutcome.ANSWERED);
    }
  }

  void gaveUp() {
    over = true;
    stop();
    message.dispose();
    session.settings.report(AbortOutcome.CLOSED);
  }

  private void stop() {
    unregister(nextMessage);
    unregister(giveUp);
  }

  private static void unregister(Ctx.@Nullable Registration timer) {
    if (timer != null) {
      timer.unregister();
    }
  }
}
