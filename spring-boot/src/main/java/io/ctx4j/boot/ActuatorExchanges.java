package io.ctx4j.boot;

import java.util.List;
import org.springframework.context.ApplicationContext;
import org.springframework.web.server.ServerWebExchange;

/**
 * The actuator's own: a heap dump may take its time, and who looks at the exchanges is not one of them.
 *
 * @param context the application's; requests of a separate management port are served by another one, below
 *     it, which has this context's filters
 * @param paths of the endpoints on the application's own port
 */
record ActuatorExchanges(ApplicationContext context, List<String> paths)
    implements ExemptExchanges {

  @Override
  public boolean test(ServerWebExchange exchange) {
    ApplicationContext server = exchange.getApplicationContext();
    if (server != null && server != context) {
      return true;
    }
    String path = exchange.getRequest().getPath().pathWithinApplication().value();
    for (String base : paths) {
      if (path.startsWith(base)
          && (path.length() == base.length() || path.charAt(base.length()) == '/')) {
        return true;
      }
    }
    return false;
  }
}
