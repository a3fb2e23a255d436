package io.ctx4j.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.context.ApplicationContext;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;

/**
 * Requests of the actuator's endpoints: a heap dump may take its time, and who looks at the
 * exchanges is not one of them.
 *
 * <p>What no endpoint answers is an exchange as any other, whatever its path begins with: a
 * gateway's route can match it.
 */
final class EndpointExchanges implements ExemptExchanges {
  private final ApplicationContext context;
  private final Supplier<Endpoints> endpoints;

  /**
   * Makes a predicate.
   *
   * @param context the application's; requests of a separate management port are served by another
   *     one, below it, which has this context's filters
   * @param mappings what the endpoints answer on the application's own port; asked for once, with
   *     the first request
   */
  EndpointExchanges(ApplicationContext context, Supplier<List<RequestMappingInfo>> mappings) {
    this.context = context;
    endpoints = SingletonSupplier.of(() -> Endpoints.of(mappings.get()));
  }

  @Override
  public boolean test(ServerWebExchange exchange) {
    ApplicationContext server = exchange.getApplicationContext();
    return (server != null && server != context) || endpoints.get().have(exchange);
  }

  /**
   * What they answer.
   *
   * @param prefixes what a path must begin with: to match a request against all takes as long as
   *     the filter
   */
  private record Endpoints(List<RequestMappingInfo> mappings, List<String> prefixes) {

    static Endpoints of(List<RequestMappingInfo> mappings) {
      List<String> prefixes = new ArrayList<>();
      mappings.stream()
          .flatMap(mapping -> mapping.getPatternsCondition().getPatterns().stream())
          .map(Endpoints::literal)
          .sorted()
          .forEach(prefix -> {
            if (prefixes.stream().noneMatch(prefix::startsWith)) {
              prefixes.add(prefix);
            }
          });
      return new Endpoints(mappings, prefixes);
    }

    private static String literal(PathPattern pattern) {
      String text = pattern.getPatternString();
      int end = 0;
      while (end < text.length() && "{*?".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      return text.substring(0, end);
    }

    boolean have(ServerWebExchange exchange) {
      String path = exchange.getRequest().getPath().pathWithinApplication().value();
      return prefixes.stream().anyMatch(path::startsWith)
          && mappings.stream().anyMatch(mapping -> matches(mapping, exchange));
    }

    private static boolean matches(RequestMappingInfo mapping, ServerWebExchange exchange) {
      try {
        return mapping.getMatchingCondition(exchange) != null;
      } catch (RuntimeException e) { // a header that cannot be read
        return false;
      }
    }
  }
}
