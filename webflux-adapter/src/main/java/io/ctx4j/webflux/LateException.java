package io.ctx4j.webflux;

import reactor.core.publisher.Mono;

/** Says to a handler that its response came too late. */
final class LateException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private LateException() {
    super("the response has been answered: the context of the exchange is done");
  }

  /**
   * Fails once nobody listens to the handler any more: what it says from then on is for nobody, and
   * none of the application's error handlers is to be asked about it.
   *
   * @param silenced completes then
   */
  static <T> Mono<T> after(Mono<Void> silenced) {
    return silenced.then(Mono.error(LateException::new));
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
