package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxWebSettings.Malformed;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import io.ctx4j.webflux.DeadlineHeader.Asked;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Gives each exchange a {@link Ctx}, and ends the exchange with it.
 *
 * <p>The context is a child of the root. It is in the Reactor Context, in {@link CtxWeb#ctx}, and,
 * with {@link CtxArgumentResolver}, a parameter of handlers. It is done when its deadline has
 * passed, the client has left or the root is done, and closed when the exchange has ended.
 *
 * <p>As a bean it is the first {@link HandlerAdapter}, too, and hands all on to the next: so it
 * knows which handlers declare an event stream, gives a WebSocket's handler a context of its own,
 * and cancels what a handler hands over where that may block.
 *
 * <p>If it is done before the response is committed, the filter answers: 504 for a deadline, 503
 * otherwise. If it is done after that, the response is aborted, so that the client sees a failure,
 * and an event stream ends. Time counts from this filter on; it comes first.
 */
public final class CtxWebFilter implements WebFilter, HandlerAdapter, BeanFactoryAware, Ordered {
  private final Ctx root;
  private final List<DeadlineHeader> headers;
  private final TimeoutPolicy policy;
  private final boolean reject;
  private final FilterSettings settings;
  private final Predicate<ServerWebExchange> exempt;
  private final HandlerCalls calls = new HandlerCalls();
  private @Nullable BeanFactory beans;

  /**
   * Makes a filter, a bean like any other.
   *
   * @param root what the contexts of the exchanges are derived from; cancel it when the service
   *     shuts down
   */
  public CtxWebFilter(Ctx root, CtxWebSettings settings) {
    this(root, settings, new LiveExchanges(), Meters.NONE, exchange -> false);
  }

  /**
   * Makes one that is watched; for the Spring Boot starter, and subject to change.
   *
   * @param live where the exchanges in flight are kept
   * @param exempt exchanges that get no context of their own
   */
  public CtxWebFilter(
      Ctx root,
      CtxWebSettings settings,
      LiveExchanges live,
      Meters meters,
      Predicate<ServerWebExchange> exempt) {
    RequiredSpring.check();
    this.root = requireNonNull(root, "root").withName("request");
    Ctx sockets = root.withName("socket");
    headers = requireNonNull(settings, "settings").requestHeaders.stream()
        .map(DeadlineHeader::named)
        .toList();
    policy = new TimeoutPolicy(settings);
    boolean observe = settings.mode == Mode.OBSERVE;
    reject = settings.malformedDeadline == Malformed.REJECT && !observe;
    meters.headers(settings.requestHeaders);
    this.settings = new FilterSettings(observe, settings.errorRendering, sockets, live, meters);
    this.exempt = requireNonNull(exempt, "exempt");
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    if (CtxWeb.find(exchange) != null || exempt.test(exchange)) {
      return chain.filter(exchange);
    }
    return new Filtered(exchange, chain);
  }

  @Override
  public void setBeanFactory(BeanFactory beans) {
    this.beans = beans;
  }

  /** Whether the handler is of one of Spring's kinds; another adapter has to call it. */
  @Override
  public boolean supports(Object handler) {
    return HandlerCalls.supports(handler);
  }

  /** Has the adapter that comes next call the handler, with the context that is the handler's. */
  @Override
  public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
    return calls.handle(exchange, handler, beans);
  }

  private void open(
      ServerWebExchange exchange, WebFilterChain chain, CoreSubscriber<? super Void> server) {
    ServerHttpRequest request = exchange.getRequest();
    Duration earliest = null;
    DeadlineHeader unreadable = null;
    for (DeadlineHeader header : headers) {
      Asked asked = header.read(request);
      if (asked.malformed()) {
        settings.meters().malformed(header.name());
        unreadable = header;
      } else {
        earliest = earlier(asked.timeout(), earliest);
      }
    }
    if (unreadable != null && reject) {
      new Problem(HttpStatus.BAD_REQUEST, "The header " + unreadable.name() + " is malformed.")
          .write(exchange)
          .subscribe(server);
      return;
    }
    Timeouts timeouts = policy.of(earliest, request.getPath().pathWithinApplication());
    new Exchange(exchange, root, timeouts, settings, server).run(chain);
  }

  private static @Nullable Duration earlier(@Nullable Duration one, @Nullable Duration other) {
    return one == null || (other != null && other.compareTo(one) < 0) ? other : one;
  }

  /** Opens an exchange for whoever subscribes. */
  private final class Filtered extends Mono<Void> {
    private final ServerWebExchange exchange;
    private final WebFilterChain chain;

    Filtered(ServerWebExchange exchange, WebFilterChain chain) {
      this.exchange = exchange;
      this.chain = chain;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Void> server) {
      try {
        open(exchange, chain, server);
      } catch (Throwable e) {
        Operators.error(server, Operators.onOperatorError(e, server.currentContext()));
      }
    }
  }
}
