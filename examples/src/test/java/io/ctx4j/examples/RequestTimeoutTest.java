package io.ctx4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTimeoutTest {

  @Test
  void of_noHeader_default() {
    assertThat(RequestTimeout.of("/orders/1", List.of())).isEqualTo(RequestTimeout.DEFAULT);
  }

  @Test
  void of_shorter_asAsked() {
    assertThat(RequestTimeout.of("/orders/1", List.of("300"))).isEqualTo(Duration.ofMillis(300));
    assertThat(RequestTimeout.of("/orders/1", List.of("0"))).isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2001", "9223372036854775807", "99999999999999999999999"})
  void of_longer_default(String header) {
    assertThat(RequestTimeout.of("/orders/1", List.of(header))).isEqualTo(RequestTimeout.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 300", "+300", "-1", "300ms", "0x1", "1e3", "٣"})
  void of_malformed_default(String header) {
    assertThat(RequestTimeout.of("/orders/1", List.of(header))).isEqualTo(RequestTimeout.DEFAULT);
  }

  @Test
  void of_twice_default() {
    assertThat(RequestTimeout.of("/orders/1", List.of("1", "2"))).isEqualTo(RequestTimeout.DEFAULT);
  }

  @Test
  void of_ticks_onlyAHeadersOwn() {
    assertThat(RequestTimeout.of("/ticks", List.of())).isNull();
    assertThat(RequestTimeout.of("/ticks", List.of("60000"))).isEqualTo(Duration.ofMinutes(1));
  }
}
