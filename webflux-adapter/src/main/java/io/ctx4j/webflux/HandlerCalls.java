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
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.DispatchExceptionHandler;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.reactive.function.server.HandlerFunction;
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
    return handler instanceof WebHandler web
        ? next.handle(exchange, (WebHandler) served -> CancelElsewhere.of(web.handle(served), own))
        : CancelElsewhere.of(next.handle(exchange, handler), own);
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
    Mono<HandlerResult> handled = next.handle(exchange, method);
    boolean entity = EventStreams.returns(method) == EventStreams.Returns.ENTITY;
    handled = handled.map(result -> {
      Object value = single(result.getReturnValue(), own);
      return with(result, entity ? watched(value, own) : value);
    });
    if (visible != before) {
      handled = handled
          .map(result -> with(result, visible(result.getReturnValue(), visible)))
          .contextWrite(CtxOps.put(visible));
    }
    return handled;
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

  private static @Nullable Object watched(@Nullable Object value, Exchange own) {
    if (value instanceof HttpEntity<?> entity) {
      own.returns(entity);
      return value;
    }
    return value instanceof Mono<?> mono
        ? mono.doOnNext(each -> {
          if (each instanceof HttpEntity<?> entity) {
            own.returns(entity);
          }
        })
        : value;
  }
}
