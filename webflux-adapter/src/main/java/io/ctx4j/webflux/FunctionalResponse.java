package io.ctx4j.webflux;

import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.ResponseCookie;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * What a router function returns. Its body is known to who writes it and to nobody else; if that is
 * a Mono, it is subscribed to before the response hears of it, and so it is the writer who is given
 * one that is canceled elsewhere.
 */
record FunctionalResponse(ServerResponse response, Exchange exchange) implements ServerResponse {

  @Override
  public HttpStatusCode statusCode() {
    return response.statusCode();
  }

  @Override
  public HttpHeaders headers() {
    return response.headers();
  }

  @Override
  public MultiValueMap<String, ResponseCookie> cookies() {
    return response.cookies();
  }

  @Override
  public Mono<Void> writeTo(ServerWebExchange served, Context context) {
    return response.writeTo(served, new Context() {
      @Override
      public List<HttpMessageWriter<?>> messageWriters() {
        return new Writers(context.messageWriters(), exchange);
      }

      @Override
      public List<ViewResolver> viewResolvers() {
        return context.viewResolvers();
      }
    });
  }

  /** Few of them are asked for, as they are looked through from the first on. */
  private static final class Writers extends AbstractList<HttpMessageWriter<?>> {
    private final List<HttpMessageWriter<?>> writers;
    private final Exchange exchange;

    Writers(List<HttpMessageWriter<?>> writers, Exchange exchange) {
      this.writers = writers;
      this.exchange = exchange;
    }

    @Override
    public HttpMessageWriter<?> get(int index) {
      return new Writer<>(writers.get(index), exchange);
    }

    @Override
    public int size() {
      return writers.size();
    }
  }

  private record Writer<T>(HttpMessageWriter<T> writer, Exchange exchange)
      implements HttpMessageWriter<T> {

    @Override
    public List<MediaType> getWritableMediaTypes() {
      return writer.getWritableMediaTypes();
    }

    @Override
    public List<MediaType> getWritableMediaTypes(ResolvableType type) {
      return writer.getWritableMediaTypes(type);
    }

    @Override
    public boolean canWrite(ResolvableType type, @Nullable MediaType media) {
      return writer.canWrite(type, media);
    }

    @Override
    public Mono<Void> write(
        Publisher<? extends T> body,
        ResolvableType type,
        @Nullable MediaType media,
        ReactiveHttpOutputMessage message,
        Map<String, Object> hints) {
      return writer.write(elsewhere(body), type, media, message, hints);
    }

    @Override
    public Mono<Void> write(
        Publisher<? extends T> body,
        ResolvableType actual,
        ResolvableType type,
        @Nullable MediaType media,
        ServerHttpRequest request,
        ServerHttpResponse response,
        Map<String, Object> hints) {
      return writer.write(elsewhere(body), actual, type, media, request, response, hints);
    }

    private Publisher<? extends T> elsewhere(Publisher<? extends T> body) {
      return body instanceof Mono<? extends T> mono ? CancelElsewhere.of(mono, exchange) : body;
    }
  }
}
