package io.ctx4j.webflux;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import org.springframework.http.HttpHeaders;

/**
 * Puts content headers into the next head that is sent, on the connection's event loop.
 *
 * <p>Until then the head is made of the headers of Spring's response, whose commit actions may
 * still be running: one that fails has Spring clear the content headers, on the thread on which it
 * fails, also between the writing of the answer's and their being sent. What this changes is no
 * longer Spring's, and what comes later is for nobody.
 */
final class NettyHead extends ChannelOutboundHandlerAdapter {
  private final HttpHeaders content;

  NettyHead(HttpHeaders content) {
    this.content = content;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // who writes has the promise
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!(message instanceof HttpResponse head)) {
      context.write(message, promise);
      return;
    }
    context.pipeline().remove(this);
    HttpResponse own = head instanceof FullHttpResponse // made for this, by reactor-netty
        ? head
        : new DefaultHttpResponse(
            head.protocolVersion(), head.status(), head.headers().copy());
    content.forEach((name, values) -> own.headers().set(name, values));
    context.write(own, promise);
  }
}
