package io.ctx4j.boot;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.server.ServerWebExchange;

/**
 * The exchanges in flight, as they are now; what can hold a user's text or an id is left out.
 *
 * @param live how many there are
 * @param exchanges those that end first come first
 */
record CtxReport(int live, List<Row> exchanges) {

  /**
   * One exchange.
   *
   * @param route method and pattern, or "unmatched"; never the path
   * @param ageMillis since the filter
   * @param leftMillis until its deadline; null: it has none
   * @param deadlineFrom header, route, default, maximum or none
   * @param contexts how many there are below its own
   * @param tree a line for each of them
   */
  record Row(
      String route,
      long ageMillis,
      @Nullable Long leftMillis,
      String deadlineFrom,
      int contexts,
      List<String> tree) {

    private static Row of(LiveExchange exchange) {
      List<Ctx> own = exchange.own();
      List<String> tree = own.stream().flatMap(ctx -> ctx.tree().lines()).toList();
      return new Row(
          routeOf(exchange.exchange()),
          exchange.ageMillis(),
          exchange.leftMillis(),
          exchange.source().label(),
          Math.max(0, tree.size() - own.size()),
          tree);
    }
  }

  static CtxReport of(LiveExchanges live) {
    List<Row> rows = live.all().stream()
        .map(Row::of)
        .sorted(Comparator.comparing(
            Row::leftMillis, Comparator.nullsLast(Comparator.<Long>naturalOrder())))
        .toList();
    return new CtxReport(rows.size(), rows);
  }

  /** Known once the handler was looked up, which comes after the filter. */
  private static String routeOf(ServerWebExchange exchange) {
    Object pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    if (pattern == null) {
      pattern = exchange.getAttribute(RouterFunctions.MATCHING_PATTERN_ATTRIBUTE);
    }
    if (pattern == null) {
      return "unmatched";
    }
    HttpMethod method = exchange.getRequest().getMethod();
    boolean known = List.of(HttpMethod.values()).contains(method);
    return (known ? method.name() : "OTHER") + " " + pattern;
  }
}
