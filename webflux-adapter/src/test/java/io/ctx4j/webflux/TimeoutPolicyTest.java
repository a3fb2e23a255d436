package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.webflux.Timeouts.Limit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.server.PathContainer;

class TimeoutPolicyTest {
  private static final Duration S1 = Duration.ofSeconds(1);
  private static final Duration S2 = Duration.ofSeconds(2);

  private static @Nullable Duration seconds(@Nullable Integer seconds) {
    return seconds == null ? null : Duration.ofSeconds(seconds);
  }

  /** Of any response, of an event stream until its first element, and from then on; "-" is none. */
  private static String timeouts(
      @Nullable Integer usual,
      @Nullable Integer max,
      @Nullable Integer stream,
      @Nullable Integer asked,
      String path) {
    CtxWebSettings settings = CtxWebSettings.builder()
        .defaultTimeout(seconds(usual))
        .maxTimeout(seconds(max))
        .streamTimeout(seconds(stream))
        .route("/own", route -> route.timeout(S1))
        .route("/own", route -> route.timeout(Duration.ofMillis(1)))
        .route("/free", CtxWebSettings.Route::noTimeout)
        .route("/short", route -> route.maxTimeout(S1))
        .route("/wide", route -> route.maxTimeout(Duration.ofSeconds(100)))
        .route("/sse", CtxWebSettings.Route::stream)
        .build();
    Timeouts timeouts =
        new TimeoutPolicy(settings).of(seconds(asked), PathContainer.parsePath(path));
    assertThat(timeouts.declared()).isEqualTo(path.equals("/sse"));
    return text(timeouts.response()) + " " + text(timeouts.opening()) + " "
        + text(timeouts.stream());
  }

  private static String text(Limit limit) {
    Duration timeout = limit.timeout();
    return (timeout == null ? "-" : timeout.toSeconds())
        + limit.source().label().substring(0, 1);
  }

  @ParameterizedTest(name = "default {0} max {1} stream {2} header {3} {4}: {5}")
  @CsvSource({
    // nothing asked
    ",,,, /x, -n -n -n",
    "2,,,, /x, 2d 2d -n",
    "2,9,,, /x, 2d 2d -n",
    ",9,,, /x, 9m -n -n", // a maximum caps what has no other deadline, but no declared stream
    "2,9,5,, /x, 2d 2d 5d",
    "2,3,5,, /x, 2d 2d 5d", // nor its own timeout
    // its route's
    "2,9,5,, /own, 1r 1r 1r",
    "2,9,5,, /free, -n -n -n", // none is none, also below a maximum
    "2,,5,, /short, 1d 2d 5d",
    ",9,5,, /short, 1m -n 5d",
    "2,9,,, /sse, 2d 2d -n",
    // a header only shortens, where there is no maximum
    "2,,,1, /x, 1h 1h 1h",
    "2,,,9, /x, 2h 2h 9h",
    ",,,9, /x, 9h 9h 9h",
    "2,,5,9, /x, 2h 2h 5h",
    "2,,5,9, /own, 1h 1h 1h",
    "2,,5,9, /free, 9h 9h 9h",
    "2,,5,9, /sse, 2h 2h 5h",
    // and asks for no more than the maximum, where there is one; but until its first element a
    // stream has its own
    "2,5,,9, /x, 5h 2h 5h",
    "2,9,,5, /x, 5h 2h 5h",
    "2,9,3,5, /x, 5h 2h 5h",
    "2,9,,1, /x, 1h 1h 1h",
    ",5,,9, /x, 5h 5h 5h",
    "2,5,,9, /own, 5h 1h 5h",
    "2,5,,9, /free, 5h 5h 5h",
    "2,9,,5, /short, 1h 1h 1h",
    "2,9,,50, /wide, 50h 2h 50h",
    "2,9,,500, /wide, 100h 2h 100h",
  })
  @DisplayName("W2 which deadline counts")
  void timeouts_ofAll_asInTheContract(
      @Nullable Integer usual,
      @Nullable Integer max,
      @Nullable Integer stream,
      @Nullable Integer asked,
      String path,
      String expected) {
    assertThat(timeouts(usual, max, stream, asked, path)).isEqualTo(expected);
  }

  @Test
  @DisplayName("W2 a timeout that is not positive does not start")
  void timeout_notPositive_rejected() {
    CtxWebSettings.Builder settings = CtxWebSettings.builder();
    assertThatThrownBy(() -> settings.defaultTimeout(Duration.ZERO))
        .hasMessageContaining("ctx4j.web.default-timeout");
    assertThatThrownBy(() -> settings.streamTimeout(Duration.ofNanos(-1)))
        .hasMessageContaining("ctx4j.web.stream-timeout");
    assertThatThrownBy(() -> settings.route("/x", route -> route.timeout(Duration.ofSeconds(-1))))
        .hasMessageContaining("ctx4j.web.routes[/x].timeout");
    assertThatThrownBy(() -> settings.route("/x", route -> route.maxTimeout(Duration.ZERO)))
        .hasMessageContaining("ctx4j.web.routes[/x].max-timeout");
  }

  @Test
  @DisplayName(
      "W2 a route's path is a pattern as in a request mapping, with or without its first slash")
  void route_pathWithoutSlash_matches() {
    var policy = new TimeoutPolicy(CtxWebSettings.builder()
        .route("orders/{id}", route -> route.timeout(S1))
        .route("/files/{*rest}", route -> route.timeout(S2))
        .build());
    assertThat(policy.of(null, PathContainer.parsePath("/orders/7")).response().timeout())
        .isEqualTo(S1);
    assertThat(policy.of(null, PathContainer.parsePath("/files/a/b")).response().timeout())
        .isEqualTo(S2);
    assertThat(policy.of(null, PathContainer.parsePath("/orders")).response().timeout())
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/{", "/a/**/b/{c", "/{a}/{a}", "/{1}"})
  @DisplayName("W2 a path that is no pattern does not start, and the error says which")
  void route_noPattern_rejected(String path) {
    assertThatThrownBy(() -> CtxWebSettings.builder().route(path, route -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ctx4j.web.routes[" + path + "].path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "X Timeout", "X-Timeout:", "X-Tim\u00e9out", "X-Timeout\n"})
  @DisplayName("W2 a name that no header can have does not start, nor does a route without a path")
  void names_impossible_rejected(String name) {
    assertThatThrownBy(() -> CtxWebSettings.builder().requestHeaders("grpc-timeout", name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("ctx4j.web.request-headers", '"' + name + '"');
    if (name.isBlank()) {
      assertThatThrownBy(() -> CtxWebSettings.builder().route(name, route -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ctx4j.web.routes[].path");
    }
  }

  @Test
  @DisplayName(
      "W3 a default above the maximum is a configuration error, and so is a route's timeout")
  void timeout_aboveItsMaximum_rejected() {
    assertThatThrownBy(
            () -> CtxWebSettings.builder().defaultTimeout(S2).maxTimeout(S1).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("ctx4j.web.default-timeout", "ctx4j.web.max-timeout");
    assertThatThrownBy(() -> CtxWebSettings.builder()
            .maxTimeout(S1)
            .route("/x", route -> route.timeout(S2))
            .build())
        .hasMessageContainingAll("routes[/x].timeout", "ctx4j.web.max-timeout");
    assertThatThrownBy(() -> CtxWebSettings.builder()
            .route("/x", route -> route.timeout(S2).maxTimeout(S1))
            .build())
        .hasMessageContainingAll("routes[/x].timeout", "routes[/x].max-timeout");
    assertThatCode(() -> CtxWebSettings.builder()
            .defaultTimeout(S1)
            .maxTimeout(S1)
            .streamTimeout(S2)
            .route("/x", route -> route.timeout(S2).maxTimeout(S2))
            .build())
        .doesNotThrowAnyException();
  }
}
