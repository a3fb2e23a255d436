package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.http.HttpEntity;
import org.springframework.http.ResponseEntity;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.DispatchExceptionHandler;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RenderingResponse;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stands before Spring's handler adapters and has them call the handlers: here it is known for the
 * first time who is going to handle an exchange.
 *
 * <p>A handler method that declares an event stream finds the stream's context in its parameter and
 * its Reactor Context, one that returns an entity declares by that, and a WebSocket's handler has a
 * context of its own ({@link SocketHandler}). What a handler hands over is canceled where that may
 * block ({@link CancelElsewhere}).
 */
final class HandlerCalls {
  /** The others, by the application context whose dispatcher asks. */
  private final Map<ListableBeanFactory, List<HandlerAdapter>> others =
      new ConcurrentReferenceHashMap<>();

  static boolean supports(Object handler) {
    return handler instanceof HandlerMethod
        || handler instanceof HandlerFunction
        || handler instanceof WebHandler
        || handler instanceof WebSocketHandler;
  }

  /**
   * Has the next adapter call the handler.
   *
   * @param beans the filter's; a management port's exchanges have adapters of their own
   */
  Mono<HandlerResult> handle(
      ServerWebExchange exchange, Object handler, @Nullable BeanFactory beans) {
    ListableBeanFactory serving = exchange.getApplicationContext();
    if (serving == null && beans instanceof ListableBeanFactory filters) {
      serving = filters;
    }
    HandlerAdapter next = next(serving, handler);
    Exchange own = CtxWeb.find(exchange);
    if (own == null) {
      return next.handle(exchange, handler);
    }
    if (handler instanceof HandlerMethod method) {
      return handle(exchange, method, own, next);
    }
    if (handler instanceof WebSocketHandler socket) {
      return next.handle(exchange, own.socket(socket));
    }
    if (handler instanceof WebHandler web) {
      return next.handle(
          exchange, (WebHandler) served -> CancelElsewhere.of(web.handle(served), own));
    }
    return handler instanceof HandlerFunction<?> function
        ? next.handle(exchange, functional(function, own))
        : CancelElsewhere.of(next.handle(exchange, handler), own);
  }

  /** A rendered response has no body of the handler's. */
  private static <T extends ServerResponse> HandlerFunction<ServerResponse> functional(
      HandlerFunction<T> function, Exchange own) {
    return request -> CancelElsewhere.of(function.handle(request), own)
        .map(response -> response instanceof RenderingResponse
            ? response
            : new FunctionalResponse(response, own));
  }

  private HandlerAdapter next(@Nullable ListableBeanFactory beans, Object handler) {
    if (beans != null) {
      List<HandlerAdapter> known = others.get(beans); // without a lock, which the other takes
      for (HandlerAdapter other :
          known == null ? others.computeIfAbsent(beans, HandlerCalls::others) : known) {
        if (other.supports(handler)) {
          return other;
        }
      }
    }
    throw new IllegalStateException("No HandlerAdapter: " + handler);
  }

  private static List<HandlerAdapter> others(ListableBeanFactory beans) {
    return BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, HandlerAdapter.class, true, false)
        .values()
        .stream()
        .filter(adapter -> !(adapter instanceof CtxWebFilter))
        .sorted(AnnotationAwareOrderComparator.INSTANCE)
        .toList();
  }

  private static Mono<HandlerResult> handle(
      ServerWebExchange exchange, HandlerMethod method, Exchange own, HandlerAdapter next) {
    Ctx before = own.seenByFilters();
    Ctx visible = own.visible();
    Ctx other = visible == before ? null : visible;
    boolean entity = EventStreams.returns(method) == EventStreams.Returns.ENTITY;
    return handedOver(next.handle(exchange, method), entity, own, other)
        .map(result -> advised(result, own, other));
  }

  /** What advice hands over in place of a handler whose body has failed is like the handler's. */
  private static HandlerResult advised(HandlerResult result, Exchange own, @Nullable Ctx visible) {
    DispatchExceptionHandler exceptions = result.getExceptionHandler();
    return exceptions == null
        ? result
        : result.setExceptionHandler((exchange, error) ->
            handedOver(exceptions.handleError(exchange, error), true, own, visible));
  }

  /**
   * What Spring is given for what a method returns.
   *
   * @param entities whether a Mono may be one of an entity
   * @param visible what the method sees; null: what the filters saw
   */
  private static Mono<HandlerResult> handedOver(
      Mono<HandlerResult> returned, boolean entities, Exchange own, @Nullable Ctx visible) {
    if (visible == null) {
      return returned.map(
          result -> with(result, handedOver(result.getReturnValue(), entities, own)));
    }
    return returned
        .map(result ->
            with(result, visible(handedOver(result.getReturnValue(), entities, own), visible)))
        .contextWrite(CtxOps.put(visible));
  }

  private static HandlerResult with(HandlerResult result, @Nullable Object value) {
    if (value == result.getReturnValue()) {
      return result;
    }
    var changed = new HandlerResult(
        result.getHandler(), value, result.getReturnTypeSource(), result.getBindingContext());
    DispatchExceptionHandler exceptions = result.getExceptionHandler();
    return exceptions == null ? changed : changed.setExceptionHandler(exceptions);
  }

  /**
   * What is returned is subscribed to after the handler was called, and then sees the filters'
   * Context.
   */
  private static @Nullable Object visible(@Nullable Object value, Ctx ctx) {
    if (value instanceof Mono<?> mono) {
      return mono.contextWrite(CtxOps.put(ctx));
    }
    // of others that have a Context: Kotlin's Flow, for one
    ReactiveAdapter adapter = adapter(value);
    return adapter != null && adapter.isMultiValue()
        ? Flux.from(adapter.toPublisher(value)).contextWrite(CtxOps.put(ctx))
        : value;
  }

  private static @Nullable ReactiveAdapter adapter(@Nullable Object value) {
    return value == null
        ? null
        : ReactiveAdapterRegistry.getSharedInstance().getAdapter(null, value);
  }

  private static @Nullable Object handedOver(
      @Nullable Object value, boolean entities, Exchange own) {
    if (value instanceof HttpEntity<?> entity) {
      return entity(entity, own);
    }
    Object single = single(value, own);
    return entities && single instanceof Mono<?> mono
        ? mono.map(each -> each instanceof HttpEntity<?> entity ? entity(entity, own) : each)
        : single;
  }

  /** What is a body in parts is canceled elsewhere as that ({@link HandlersBody}). */
  private static @Nullable Object single(@Nullable Object value, Exchange own) {
    if (value instanceof Mono<?> mono) { // most are, and need no look-up
      return CancelElsewhere.of(mono, own);
    }
    ReactiveAdapter adapter = adapter(value);
    return adapter == null || adapter.isMultiValue()
        ? value
        : CancelElsewhere.of(Mono.from(adapter.toPublisher(value)), own);
  }

  /** It declares by its headers, and has a body of its own. */
  private static HttpEntity<?> entity(HttpEntity<?> entity, Exchange own) {
    own.returns(entity);
    return with(entity, single(entity.getBody(), own));
  }

  private static HttpEntity<?> with(HttpEntity<?> entity, @Nullable Object body) {
    if (body == entity.getBody()) {
      return entity;
    }
    if (entity instanceof ResponseEntity<?> response) {
      return new ResponseEntity<>(body, entity.getHeaders(), response.getStatusCode());
    }
    return new HttpEntity<>(body, entity.getHeaders());
  }
}
