package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.ctx4j.CtxException;
import io.ctx4j.spi.LibraryTimer;
import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.spi.Outcome;
import io.micrometer.observation.Observation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * What is done about an exchange that its context cuts short: the answer in place of the handler's
 * response, or the abort of one that has begun.
 *
 * <p>Nothing here decides; the {@link Gate} has. It has no state of its own, so that an exchange
 * which ends by itself needs none of it.
 */
final class CutShort {
  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  /** Reactor's key of the observation under way: that of the request. */
  private static final String OBSERVATION = "micrometer.observation";

  private static final Duration AGAIN = Duration.ofMillis(1);

  private final Exchange owner;
  private final ServerWebExchange exchange;
  private final Gate gate;
  private final GatedResponse gated;
  private final HandlerSubscriber handler;
  private final ExchangeContexts contexts;
  private final ErrorRendering rendering;

  CutShort(
      Exchange owner,
      ServerWebExchange exchange,
      Gate gate,
      GatedResponse gated,
      HandlerSubscriber handler,
      ExchangeContexts contexts,
      ErrorRendering rendering) {
    this.owner = owner;
    this.exchange = exchange;
    this.gate = gate;
    this.gated = gated;
    this.handler = handler;
    this.contexts = contexts;
    this.rendering = rendering;
  }

  /** Answers first, and waits for nobody: what is canceled after that may block. */
  void answerAndCancel() {
    if (!gate.answer()) { // a thread of the handler's does, which takes the response back
      return;
    }
    CtxException err = requireNonNull(gate.reason());
    List<Disposable> running = new ArrayList<>();
    try {
      answer(err, running);
    } catch (Throwable e) { // somebody else's; the server must hear of an end
      Mono<Void> failed = Mono.error(owner.nonFatal(e, null));
      NettyChannel.execute(exchange.getResponse(), () -> handler.answer(failed));
    } finally {
      owner.cleanUp(() -> {
        running.forEach(Disposable::dispose);
        contexts.cancelOthers(err);
        handler.cut(err);
      });
    }
  }

  /**
   * Hands what takes the place of the handler's response to the server: on the connection's own
   * thread, where it does not wait for those on which others are stuck.
   *
   * @param running gets the commit actions that it did not wait for
   */
  private void answer(CtxException err, List<Disposable> running) {
    owner.armGracePeriod(err);
    observed(err);
    var problem = Problem.of(Outcome.of(err), contexts.isDone());
    Problem.clear(exchange.getResponse());
    gated.runCommitActions(handler.currentContext(), running);
    NettyChannel.execute(
        exchange.getResponse(), () -> handler.answer(Mono.defer(() -> answered(problem))));
  }

  private Mono<Void> answered(Problem problem) {
    if (gate.isPrepared() || !gated.skipCommitActions()) {
      return requireNonNullElse(problem.writePast(exchange), Mono.empty());
    }
    return rendering == ErrorRendering.DELEGATE
        ? Mono.error(new ResponseStatusException(problem.status(), problem.detail()))
        : problem.write(exchange);
  }

  /** Says what ended the request to whoever observes it: Spring sees a response, and no more. */
  void observed(CtxException err) {
    Observation observation = handler.currentContext().getOrDefault(OBSERVATION, null);
    if (observation != null) {
      try {
        observation.error(err);
      } catch (Throwable e) { // one of the application's handlers must not cost it the answer
        Throwable reason = owner.nonFatal(e, null);
        LOG.warn(
            exchange.getLogPrefix() + "An observation could not be told: " + err.getMessage(),
            reason);
      }
    }
  }

  /**
   * The handler has failed, or was cut.
   *
   * @return what is to be written in its place, or said of it; null: nothing
   */
  @Nullable Mono<Void> failed(Throwable error) {
    CtxException err = Outcome.find(error);
    if (err != null && gate.refuse(err)) {
      answerAndCancel();
    }
    if (err != null && gate.isCommitted()) {
      if (!gated.isHeadSent() && gate.revoke(err)) {
        answerAndCancel();
      } else {
        aborted(err);
      }
    }
    return switch (gate.handlerEnds()) {
      case REFUSED, ANSWERED -> Mono.never(); // the answer tells the server
      // closed first: the server ends what completes
      case ABORTED ->
        NettyChannel.close(exchange.getResponse(), () -> true, () -> {})
            ? null
            : Mono.error(requireNonNull(gate.reason()).copy());
      default -> {
        owner.finish(
            DisconnectedClientHelper.isClientDisconnectedException(error)
                ? Outcome.CLIENT_GONE
                : Outcome.ERROR);
        yield Mono.error(error);
      }
    };
  }

  /** The grace period is over. */
  void giveUp(CtxException err) {
    if (!gate.isRefused()) {
      abort(err);
      return;
    }
    Runnable cut = () -> owner.cleanUp(() -> handler.cutAnswer(err));
    if (!NettyChannel.close(exchange.getResponse(), () -> aborted(gate.giveUp(err), err), cut)
        && aborted(gate.giveUp(err), err)) {
      cut.run();
    }
  }

  void abort(CtxException err) {
    Runnable cut = () -> owner.cleanUp(() -> handler.cut(err));
    if (NettyChannel.close(exchange.getResponse(), () -> aborted(err), cut)) {
      return;
    }
    if (!gate.isRefused() && !owner.isOver() && !gated.isHeadSent()) {
      // but as good as: an error would be made a 500 of now
      LibraryTimer.schedule(() -> abort(err), AGAIN);
    } else if (aborted(err)) {
      cut.run();
    }
  }

  /** What the handler has begun ends with the context. */
  boolean aborted(CtxException err) {
    return aborted(gate.abort(err), err);
  }

  private boolean aborted(boolean aborted, CtxException err) {
    if (aborted) {
      observed(err);
    }
    if (aborted && LOG.isDebugEnabled()) {
      LOG.debug(exchange.getLogPrefix() + "Aborted a response that had begun: " + err.getMessage());
    }
    return aborted;
  }
}
