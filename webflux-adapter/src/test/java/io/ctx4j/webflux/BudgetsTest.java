package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.webflux.Budget.Source;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.PathContainer;

class BudgetsTest {
  private static final Duration S1 = Duration.ofSeconds(1);
  private static final Duration S2 = Duration.ofSeconds(2);
  private static final Duration S5 = Duration.ofSeconds(5);
  private static final Duration S9 = Duration.ofSeconds(9);

  private static Budget budget(
      @Nullable Duration usual, @Nullable Duration max, @Nullable Duration asked, String path) {
    var plain = new CtxWebProperties(usual, max);
    var routes = List.of(
        new CtxWebProperties.Route("/slow/**", "5s"),
        new CtxWebProperties.Route("/free", " None "),
        new CtxWebProperties.Route("/slow/never-reached", "1ms"));
    var properties = new CtxWebProperties(
        true,
        plain.mode(),
        usual,
        max,
        plain.requestHeaders(),
        plain.malformedDeadline(),
        plain.errorRendering(),
        plain.shutdown(),
        routes,
        plain.client());
    return new Budgets(properties).of(asked, PathContainer.parsePath(path));
  }

  @Test
  @DisplayName("W2 nothing set, nothing asked: no deadline")
  void nothing_set_none() {
    assertThat(budget(null, null, null, "/x")).isEqualTo(new Budget(null, null, Source.NONE));
  }

  @Test
  @DisplayName("W2 the default counts, but not for an event stream")
  void defaultTimeout_nothingAsked_default() {
    assertThat(budget(S2, null, null, "/x")).isEqualTo(new Budget(S2, null, Source.DEFAULT));
    assertThat(budget(S2, S1, null, "/x")).isEqualTo(new Budget(S1, null, Source.DEFAULT));
  }

  @Test
  @DisplayName("W2 without a maximum a header can only shorten")
  void header_noMaximum_shortens() {
    assertThat(budget(S2, null, S1, "/x")).isEqualTo(new Budget(S1, S1, Source.HEADER));
    assertThat(budget(S2, null, S9, "/x")).isEqualTo(new Budget(S2, S9, Source.HEADER));
    assertThat(budget(null, null, S9, "/x")).isEqualTo(new Budget(S9, S9, Source.HEADER));
    assertThat(budget(S2, null, S9, "/slow/a").timeout()).isEqualTo(S5);
  }

  @Test
  @DisplayName(
      "W2 with a maximum a header can ask for more than the default, and for no more than that")
  void header_maximum_capped() {
    assertThat(budget(S2, S5, S9, "/x")).isEqualTo(new Budget(S5, S5, Source.HEADER));
    assertThat(budget(S2, S9, S5, "/x")).isEqualTo(new Budget(S5, S5, Source.HEADER));
    assertThat(budget(S2, S1, S5, "/free")).isEqualTo(new Budget(S1, S1, Source.HEADER));
  }

  @Test
  @DisplayName("W2 a route comes before the default, the first that matches; none is none")
  void route_matches_counts() {
    assertThat(budget(S2, null, null, "/slow/a")).isEqualTo(new Budget(S5, S5, Source.ROUTE));
    assertThat(budget(S2, null, null, "/slow/never-reached").timeout()).isEqualTo(S5);
    assertThat(budget(S2, S1, null, "/slow/a")).isEqualTo(new Budget(S1, S1, Source.ROUTE));
    assertThat(budget(S2, S1, null, "/free")).isEqualTo(new Budget(null, null, Source.NONE));
  }

  @Test
  @DisplayName("W2 the maximum counts also where there is no default")
  void maximum_noDefault_counts() {
    assertThat(budget(null, S9, null, "/x")).isEqualTo(new Budget(S9, null, Source.MAXIMUM));
  }

  @Test
  @DisplayName("W2 a timeout that is not positive does not start")
  void timeout_notPositive_rejected() {
    assertThatThrownBy(() -> new CtxWebProperties(Duration.ZERO, null))
        .hasMessageContaining("ctx4j.web.default-timeout");
    assertThatThrownBy(() -> new CtxWebProperties.Route("/x", "-1s"))
        .hasMessageContaining("routes[].timeout");
  }
}
