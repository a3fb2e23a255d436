package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/** Shows the exchanges in flight: as JSON, and to a browser as a page that refreshes itself. */
@WebEndpoint(id = "ctx4j")
final class CtxEndpoint {
  private final LiveExchanges live;

  CtxEndpoint(LiveExchanges live) {
    this.live = live;
  }

  /**
   * For programs.
   *
   * @param limit how many exchanges are shown one by one
   */
  @ReadOperation
  public CtxReport report(@Nullable Integer limit) {
    return CtxReport.of(live, limit == null ? CtxReport.LIMIT : limit);
  }

  /**
   * For people.
   *
   * @param pause that it does not refresh itself
   */
  @ReadOperation(produces = "text/html;charset=UTF-8")
  public String page(@Nullable Boolean pause) {
    CtxReport report = CtxReport.of(live, CtxReport.LIMIT);
    return Boolean.TRUE.equals(pause) ? CtxPage.paused(report) : CtxPage.of(report);
  }
}
