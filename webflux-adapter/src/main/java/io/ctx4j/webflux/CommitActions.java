package io.ctx4j.webflux;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * The commit actions of a response: for the handler they run before the gate is taken, since they
 * may take their time, and for an answer those that were registered through the gate run at once,
 * and none is waited for.
 */
final class CommitActions {
  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  /** The server's. */
  private final ServerHttpResponse response;

  private final Gate gate;
  private final Exchange exchange;

  /** Those that were registered through the gate. */
  private final List<Supplier<? extends Mono<Void>>> actions = new CopyOnWriteArrayList<>();

  /** Whether the server's response has run them, or given up: it does so once. */
  private volatile boolean over;

  CommitActions(ServerHttpResponse response, Gate gate, Exchange exchange) {
    this.response = response;
    this.gate = gate;
    this.exchange = exchange;
  }

  /** Before any is registered. */
  void begin() {
    response.beforeCommit(this::skip);
  }

  void add(Supplier<? extends Mono<Void>> action) {
    actions.add(action);
    response.beforeCommit(() -> gate.isRefused() ? Mono.empty() : action.get());
  }

  boolean areOver() {
    return over;
  }

  /**
   * Before all others: once one has failed the server's response can be written to, and runs none.
   */
  private Mono<Void> skip() {
    if (!gate.isRefused()) {
      return Mono.empty();
    }
    // for the handler's own run of them that is not to be: it would clear content headers, which
    // are the answer's
    return gate.isPrepared() ? Mono.never() : Mono.error(SkippedException::new);
  }

  /**
   * Runs the commit actions, which may take their time: the gate is taken after them.
   *
   * <p>The last of them fails, so that the server's response is not committed yet, and runs none
   * again.
   */
  Mono<Void> prepared() {
    // which the server's response takes for those of a body that failed
    HttpHeaders content = new HttpHeaders();
    Mono<Void> actionsRun;
    synchronized (gate) { // or else the answer could find the server's response as if nobody had it
      if (!gate.prepare()) {
        return LateException.after(exchange.silenced());
      }
      response.beforeCommit(() -> Mono.defer(() -> takeBack(content)));
      actionsRun = response.setComplete();
    }
    return actionsRun.onErrorResume(error -> {
      over = true;
      if (gate.takenBack()) {
        exchange.answerAndCancel();
        return LateException.after(exchange.silenced());
      }
      if (!(error instanceof SkippedException)) {
        return Mono.error(error);
      }
      synchronized (gate) {
        if (!gate.isRefused()) {
          content.forEach(response.getHeaders()::putIfAbsent);
        }
      }
      return Mono.empty();
    });
  }

  /** At subscription: all actions are asked for theirs before the first has ended. */
  private Mono<Void> takeBack(HttpHeaders content) {
    synchronized (gate) {
      if (gate.takeBack()) {
        content.putAll(response.getHeaders());
        return Mono.error(SkippedException::new);
      }
    }
    response.getCookies().clear(); // the answer is written past the server's response
    return Mono.never();
  }

  /**
   * Runs what is registered here, for the answer that takes the place of the handler's response.
   * None is waited for.
   *
   * @param running gets those that have not ended, to be canceled
   */
  void runForAnswer(Context context, List<Disposable> running) {
    gate.answering();
    try {
      for (Supplier<? extends Mono<Void>> action : actions) {
        try {
          Disposable run = action.get().subscribe(null, CommitActions::ignored, null, context);
          if (!run.isDisposed()) {
            running.add(run);
          }
        } catch (Exception e) {
          ignored(e);
        }
      }
    } finally {
      gate.answered();
    }
  }

  private static void ignored(Throwable error) {
    LOG.trace("Ignored, as it was for an answer of the filter's", error);
  }

  /**
   * Sees to it that the server's response runs none any more.
   *
   * @return false: it waits for one
   */
  static boolean skip(ServerHttpResponse response) {
    response.beforeCommit(() -> Mono.error(SkippedException::new));
    response.setComplete().subscribe(null, CommitActions::ignored);
    return !response.isCommitted();
  }

  /** What a commit action fails with, so that the server's response runs none, or none again. */
  private static final class SkippedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    SkippedException() {
      super("commit actions are skipped");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }
}
