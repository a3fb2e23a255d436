package io.ctx4j.webflux;

import java.net.URI;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/**
 * The channel below a response or a request of reactor-netty, in HTTP/2 that of its stream.
 *
 * <p>To close it is how a response that has begun is ended. An error signal would do it too, and be
 * logged twice as an error. The channel is closed, not the connection disposed of: only a channel
 * that becomes inactive cancels the handler.
 */
final class NettyChannel {
  /** Whether the library is. */
  static final boolean PRESENT = ClassUtils.isPresent(
      "reactor.netty.http.server.HttpServerRequest", NettyChannel.class.getClassLoader());

  private NettyChannel() {}

  /**
   * Closes the response's channel on its event loop, if the decision is still for it there.
   *
   * <p>Where responses complete, too: so none is closed that was complete, whose connection may
   * carry the next one.
   *
   * @param decision asked once; true: close
   * @param closed what comes after that: a channel cancels its handler only until it has been given
   *     the response
   * @return false: this is another server's response, and nothing was asked
   */
  static boolean close(ServerHttpResponse response, BooleanSupplier decision, Runnable closed) {
    return PRESENT && NettyOperations.close(nativeResponse(response), decision, closed);
  }

  /** Runs a task where the response is written, or here, if that is another server's. */
  static void execute(ServerHttpResponse response, Runnable task) {
    if (!PRESENT || !NettyOperations.execute(nativeResponse(response), task)) {
      task.run();
    }
  }

  /** Whether this is the thread on which the response is written, and others. */
  static boolean isWrittenHere(ServerHttpResponse response) {
    return PRESENT && NettyOperations.isWrittenHere(nativeResponse(response));
  }

  /**
   * Writes a response past Spring's, whose headers it sends; called where responses are written.
   *
   * @param content sent in any case: a commit action that fails takes Spring's content headers
   *     away, on whatever thread
   * @param body empty: the head alone
   * @return null: this is another server's response, or a head has been sent
   */
  static @Nullable Mono<Void> write(
      ServerHttpResponse response, HttpStatus status, HttpHeaders content, byte[] body) {
    return PRESENT ? NettyOperations.write(nativeResponse(response), status, content, body) : null;
  }

  /**
   * Whether it is closed: when a client leaves while it is sent a body in parts, that ends as if it
   * had gone well.
   *
   * <p>Not to be asked about a response in one part, which has let go of its channel by then.
   */
  static boolean isClosed(ServerHttpResponse response) {
    return PRESENT && NettyOperations.isClosed(nativeResponse(response));
  }

  /**
   * Runs tasks where the response to a request is received, one after the other; here, if that is
   * another library's.
   *
   * @param request whose connection is there
   */
  static Executor loop(ClientHttpRequest request) {
    return PRESENT ? NettyOperations.loop(request.getNativeRequest()) : Runnable::run;
  }

  /** The host that a request is sent to, which may be one that the first has redirected to. */
  static @Nullable String host(ClientHttpRequest request) {
    String redirected = PRESENT ? NettyOperations.url(request.getNativeRequest()) : null;
    if (redirected == null) {
      return request.getURI().getHost();
    }
    try {
      return URI.create(redirected).getHost();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable Object nativeResponse(ServerHttpResponse response) {
    try {
      return ServerHttpResponseDecorator.getNativeResponse(response);
    } catch (IllegalArgumentException | IllegalStateException e) {
      return null; // a mock
    }
  }
}
