package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.webflux.spi.LiveExchange.Source;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.PathContainer;

class TimeoutPolicyTest {
  private static final Duration S1 = Duration.ofSeconds(1);
  private static final Duration S2 = Duration.ofSeconds(2);
  private static final Duration S5 = Duration.ofSeconds(5);
  private static final Duration S9 = Duration.ofSeconds(9);

  private static Timeouts timeouts(
      @Nullable Duration usual, @Nullable Duration max, @Nullable Duration asked, String path) {
    CtxWebSettings settings = CtxWebSettings.builder()
        .defaultTimeout(usual)
        .maxTimeout(max)
        .route("/slow/**", route -> route.timeout(S5))
        .route("/free", CtxWebSettings.Route::noTimeout)
        .route("/slow/never-reached", route -> route.timeout(Duration.ofMillis(1)))
        .build();
    return new TimeoutPolicy(settings).of(asked, PathContainer.parsePath(path));
  }

  @Test
  @DisplayName("W2 nothing set, nothing asked: no deadline")
  void nothing_set_none() {
    assertThat(timeouts(null, null, null, "/x")).isEqualTo(new Timeouts(null, null, Source.NONE));
  }

  @Test
  @DisplayName("W2 the default counts, but not for an event stream")
  void defaultTimeout_nothingAsked_default() {
    assertThat(timeouts(S2, null, null, "/x")).isEqualTo(new Timeouts(S2, null, Source.DEFAULT));
    assertThat(timeouts(S2, S1, null, "/x")).isEqualTo(new Timeouts(S1, null, Source.DEFAULT));
  }

  @Test
  @DisplayName("W2 without a maximum a header can only shorten")
  void header_noMaximum_shortens() {
    assertThat(timeouts(S2, null, S1, "/x")).isEqualTo(new Timeouts(S1, S1, Source.HEADER));
    assertThat(timeouts(S2, null, S9, "/x")).isEqualTo(new Timeouts(S2, S9, Source.HEADER));
    assertThat(timeouts(null, null, S9, "/x")).isEqualTo(new Timeouts(S9, S9, Source.HEADER));
    assertThat(timeouts(S2, null, S9, "/slow/a").timeout()).isEqualTo(S5);
  }

  @Test
  @DisplayName(
      "W2 with a maximum a header can ask for more than the default, and for no more than that")
  void header_maximum_capped() {
    assertThat(timeouts(S2, S5, S9, "/x")).isEqualTo(new Timeouts(S5, S5, Source.HEADER));
    assertThat(timeouts(S2, S9, S5, "/x")).isEqualTo(new Timeouts(S5, S5, Source.HEADER));
    assertThat(timeouts(S2, S1, S5, "/free")).isEqualTo(new Timeouts(S1, S1, Source.HEADER));
  }

  @Test
  @DisplayName("W2 a route comes before the default, the first that matches; none is none")
  void route_matches_counts() {
    assertThat(timeouts(S2, null, null, "/slow/a")).isEqualTo(new Timeouts(S5, S5, Source.ROUTE));
    assertThat(timeouts(S2, null, null, "/slow/never-reached").timeout()).isEqualTo(S5);
    assertThat(timeouts(S2, S1, null, "/slow/a")).isEqualTo(new Timeouts(S1, S1, Source.ROUTE));
    assertThat(timeouts(S2, S1, null, "/free")).isEqualTo(new Timeouts(null, null, Source.NONE));
  }

  @Test
  @DisplayName("W2 the maximum counts also where there is no default")
  void maximum_noDefault_counts() {
    assertThat(timeouts(null, S9, null, "/x")).isEqualTo(new Timeouts(S9, null, Source.MAXIMUM));
  }

  @Test
  @DisplayName("W2 a timeout that is not positive does not start")
  void timeout_notPositive_rejected() {
    CtxWebSettings.Builder settings = CtxWebSettings.builder();
    assertThatThrownBy(() -> settings.defaultTimeout(Duration.ZERO))
        .hasMessageContaining("ctx4j.web.default-timeout");
    assertThatThrownBy(() -> settings.route("/x", route -> route.timeout(Duration.ofSeconds(-1))))
        .hasMessageContaining("routes[].timeout");
  }
}
