package io.ctx4j.webflux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What {@link NettyChannel} does by reactor-netty; loaded only where that is. */
final class NettyOperations {
  private NettyOperations() {}

  @SuppressWarnings("FutureReturnValueIgnored") // closed or not, there is nothing left to do
  static boolean close(@Nullable Object response, BooleanSupplier decision, Runnable closed) {
    if (!(response instanceof ChannelOperations<?, ?> operations)
        || !(response instanceof HttpServerRequest request)) {
      return false;
    }
    Channel channel = operations.channel();
    Runnable task = () -> {
      if (decision.getAsBoolean()) {
        resets(channel, request);
        channel.close();
        closed.run();
      }
    };
    if (!channel.isRegistered()) { // closed already
      task.run();
      return true;
    }
    execute(channel.eventLoop(), task);
    return true;
  }

  static boolean execute(@Nullable Object response, Runnable task) {
    if (!(response instanceof ChannelOperations<?, ?> operations)
        || !operations.channel().isRegistered()) {
      return false;
    }
    execute(operations.channel().eventLoop(), task);
    return true;
  }

  static boolean isWrittenHere(@Nullable Object response) {
    return response instanceof ChannelOperations<?, ?> operations
        && operations.channel().isRegistered()
        && operations.channel().eventLoop().inEventLoop();
  }

  static @Nullable Mono<Void> write(
      @Nullable Object response, HttpStatus status, HttpHeaders content, byte[] body) {
    if (!(response instanceof HttpServerResponse server) || server.hasSentHeaders()) {
      return null;
    }
    if (response instanceof ChannelOperations<?, ?> operations) {
      operations.channel().pipeline().addLast(new NettyHead(content));
    }
    content.forEach((name, values) -> server.responseHeaders().set(name, values));
    server.status(status.value());
    return (body.length == 0 ? server : server.sendByteArray(Mono.just(body))).then();
  }

  static @Nullable String url(Object request) {
    return request instanceof HttpClientRequest client ? client.resourceUrl() : null;
  }

  static Executor loop(Object request) {
    if (!(request instanceof ChannelOperations<?, ?> operations)) {
      return Runnable::run;
    }
    EventLoop loop = operations.channel().eventLoop();
    return task -> execute(loop, task);
  }

  private static void execute(EventLoop loop, Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      try {
        loop.execute(task);
      } catch (RejectedExecutionException e) { // it has stopped
        task.run();
      }
    }
  }

  static boolean isClosed(@Nullable Object response) {
    return response instanceof ChannelOperations<?, ?> operations
        && !operations.channel().isActive();
  }

  /**
   * To a client of HTTP/1.0 the connection's end is the body's: only a reset tells it otherwise.
   */
  private static void resets(Channel channel, HttpServerRequest request) {
    if (request.version().equals(HttpVersion.HTTP_1_0)) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
  }
}
