package io.ctx4j.webflux;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * Which responses may stop after any element, and are meant to go on for long: those of certain
 * types, if the application declares that they are (W2).
 *
 * <p>A handler method declares it by its {@code produces}, by a return type of
 * {@link ServerSentEvent}, or by the content type of its {@link HttpEntity}; whoever else writes a
 * response, by its content type. Otherwise the type is what the client has asked for: each endpoint
 * that returns a Flux can be read as events, and none is meant to last for that.
 */
final class EventStreams {
  private static final List<MediaType> TYPES = List.of(
      MediaType.TEXT_EVENT_STREAM,
      MediaType.APPLICATION_NDJSON,
      new MediaType("application", "stream+json"),
      new MediaType("application", "jsonl"));

  /**
   * What Spring Cloud Gateway sets: the type is the proxied service's then, or that of its caller.
   */
  private static final String GATEWAY_ROUTE =
      "org.springframework.cloud.gateway.support.ServerWebExchangeUtils.gatewayRoute";

  /** Types whose bounds name themselves have no end. */
  private static final int MAX_DEPTH = 8;

  /** Weak: it outlives an application that is closed, whose methods it must not hold. */
  private static final Map<Method, Returns> RETURNS =
      new ConcurrentReferenceHashMap<>(64, ConcurrentReferenceHashMap.ReferenceType.WEAK);

  /** What the return type of a handler method says. */
  enum Returns {
    EVENTS,
    ENTITY,
    OTHER
  }

  private EventStreams() {}

  /** Whether a response with these headers is of such a type. */
  static boolean isType(HttpHeaders response) {
    return isType(response.getContentType());
  }

  static boolean isType(@Nullable MediaType type) {
    return type != null && contains(TYPES, type);
  }

  /**
   * A loop: this is asked of every handler method's response, and a stream takes longer than all
   * else that is.
   */
  private static boolean contains(Iterable<MediaType> types, MediaType wanted) {
    for (MediaType type : types) {
      if (type.equalsTypeAndSubtype(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the handler method declares that its response is one, whatever comes of it. */
  static boolean isDeclaredBy(HandlerMethod handler, ServerWebExchange exchange) {
    return returns(handler) == Returns.EVENTS || isType(negotiated(producible(exchange), exchange));
  }

  /**
   * Whether a response of such a type is declared.
   *
   * @param byEntity whether a handler method's entity had that type
   */
  static boolean isDeclared(MediaType type, boolean byEntity, ServerWebExchange exchange) {
    Object handler = exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE);
    if (!(handler instanceof HandlerMethod method)) {
      return exchange.getAttribute(GATEWAY_ROUTE) == null;
    }
    if (byEntity || returns(method) == Returns.EVENTS || contains(producible(exchange), type)) {
      return true;
    }
    // who has not asked for it by name has it from the application, and that is an entity's
    return returns(method) == Returns.ENTITY
        && accepted(exchange).stream().allMatch(MediaType.ALL::equalsTypeAndSubtype);
  }

  static Returns returns(HandlerMethod handler) {
    Method method = handler.getMethod();
    Returns known = RETURNS.get(method); // without a lock, which the other takes
    return known == null ? RETURNS.computeIfAbsent(method, EventStreams::returns) : known;
  }

  private static Returns returns(Method method) {
    List<ResolvableType> types = new ArrayList<>();
    types.add(ResolvableType.forMethodReturnType(method));
    int parameters = method.getParameterCount();
    if (parameters > 0
        && method
            .getParameterTypes()[parameters - 1]
            .getName()
            .equals("kotlin.coroutines.Continuation")) {
      types.add(ResolvableType.forMethodParameter(method, parameters - 1)); // of what is returned
    }
    if (types.stream().anyMatch(type -> mentions(type, ServerSentEvent.class, 0))) {
      return Returns.EVENTS;
    }
    return types.stream().anyMatch(type -> mentions(type, HttpEntity.class, 0))
        ? Returns.ENTITY
        : Returns.OTHER;
  }

  private static boolean mentions(ResolvableType type, Class<?> wanted, int depth) {
    Class<?> raw = type.resolve();
    if (raw != null && wanted.isAssignableFrom(raw)) {
      return true;
    }
    if (depth < MAX_DEPTH) {
      for (ResolvableType generic : type.getGenerics()) {
        if (mentions(generic, wanted, depth + 1)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Of the matched mapping's types those that the client accepts. */
  private static Set<MediaType> producible(ServerWebExchange exchange) {
    return exchange.getAttributeOrDefault(
        HandlerMapping.PRODUCIBLE_MEDIA_TYPES_ATTRIBUTE, Set.of());
  }

  private static boolean containsStream(Set<MediaType> types) {
    for (MediaType type : types) {
      if (isType(type)) {
        return true;
      }
    }
    return false;
  }

  /** The type that Spring is going to choose of them. */
  private static @Nullable MediaType negotiated(
      Set<MediaType> producible, ServerWebExchange exchange) {
    if (!containsStream(producible)) {
      return null;
    }
    List<MediaType> chosen = new ArrayList<>();
    for (MediaType accepted : accepted(exchange)) {
      producible.stream().filter(accepted::isCompatibleWith).forEach(chosen::add);
    }
    MimeTypeUtils.sortBySpecificity(chosen);
    return chosen.isEmpty() ? null : chosen.get(0);
  }

  private static List<MediaType> accepted(ServerWebExchange exchange) {
    try {
      List<MediaType> accepted =
          new ArrayList<>(exchange.getRequest().getHeaders().getAccept());
      MimeTypeUtils.sortBySpecificity(accepted);
      return accepted.isEmpty() ? List.of(MediaType.ALL) : accepted;
    } catch (InvalidMediaTypeException e) {
      return List.of(); // it is going to be refused
    }
  }
}
