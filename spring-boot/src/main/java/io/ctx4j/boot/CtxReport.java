package io.ctx4j.boot;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsLast;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.server.ServerWebExchange;

/**
 * The exchanges in flight, as they are now; what can hold a user's text or an id is left out.
 *
 * @param live how many there are
 * @param routes all of them by route, those that have most first
 * @param exchanges some of them, those that end first come first
 */
record CtxReport(int live, List<Route> routes, List<Row> exchanges) {
  /** How many exchanges are shown one by one, unless more are asked for. */
  static final int LIMIT = 50;

  private static final int MAX_TREE_LINES = 20;

  private static final Comparator<@Nullable Long> SOONEST = nullsLast(naturalOrder());

  /**
   * The exchanges of one route.
   *
   * @param oldestMillis since the filter, of the first that came
   * @param soonestMillis until the first deadline; null: none has one
   */
  record Route(
      String route, int live, long oldestMillis, @Nullable Long soonestMillis) {
    private Route and(Route other) {
      return new Route(
          route,
          live + other.live,
          Math.max(oldestMillis, other.oldestMillis),
          SOONEST.compare(soonestMillis, other.soonestMillis) <= 0
              ? soonestMillis
              : other.soonestMillis);
    }
  }

  /**
   * One exchange.
   *
   * @param route method and pattern, or "unmatched"; never the path
   * @param ageMillis since the filter
   * @param leftMillis until its deadline; null: it has none
   * @param deadlineFrom header, route, default, maximum or none
   * @param contexts how many there are below its own
   * @param tree a line for each of them, up to twenty
   */
  record Row(
      String route,
      long ageMillis,
      @Nullable Long leftMillis,
      String deadlineFrom,
      int contexts,
      List<String> tree) {}

  /** An exchange as it was at one moment: its tree, which takes longer, is drawn if it is shown. */
  private record Seen(
      LiveExchange exchange,
      String route,
      long ageMillis,
      @Nullable Long leftMillis) {

    static Seen now(LiveExchange exchange) {
      return new Seen(
          exchange, routeOf(exchange.exchange()), exchange.ageMillis(), exchange.leftMillis());
    }

    Route summary() {
      return new Route(route, 1, ageMillis, leftMillis);
    }

    Row row() {
      List<Ctx> own = exchange.own();
      List<String> tree = own.stream().flatMap(ctx -> ctx.tree().lines()).toList();
      return new Row(
          route,
          ageMillis,
          leftMillis,
          exchange.source().label(),
          Math.max(0, tree.size() - own.size()),
          shortened(tree));
    }
  }

  static CtxReport of(LiveExchanges live, int limit) {
    List<Seen> seen = live.all().stream().map(Seen::now).toList();
    List<Row> soonest = seen.stream()
        .sorted(comparing(Seen::leftMillis, SOONEST))
        .limit(Math.max(0, limit))
        .map(Seen::row)
        .toList();
    return new CtxReport(seen.size(), byRoute(seen), soonest);
  }

  private static List<Route> byRoute(Collection<Seen> seen) {
    Map<String, Route> routes = new HashMap<>();
    for (Seen each : seen) {
      routes.merge(each.route(), each.summary(), Route::and);
    }
    List<Route> sorted = new ArrayList<>(routes.values());
    sorted.sort(comparing(Route::live).reversed().thenComparing(Route::route));
    return sorted;
  }

  private static List<String> shortened(List<String> tree) {
    if (tree.size() <= MAX_TREE_LINES) {
      return tree;
    }
    List<String> shown = new ArrayList<>(tree.subList(0, MAX_TREE_LINES - 1));
    shown.add("… " + (tree.size() - shown.size()) + " more");
    return shown;
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
