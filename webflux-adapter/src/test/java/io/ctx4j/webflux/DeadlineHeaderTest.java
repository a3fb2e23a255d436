package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.webflux.DeadlineHeader.Asked;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineHeaderTest {
  private static final DeadlineHeader OURS = DeadlineHeader.named("X-Request-Timeout-Ms");
  private static final DeadlineHeader ENVOY =
      DeadlineHeader.named("x-envoy-expected-rq-timeout-ms");
  private static final DeadlineHeader GRPC = DeadlineHeader.named("Grpc-Timeout");
  private static final Pattern MILLIS = Pattern.compile("[0-9]{1,32}");
  private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,8}[HMSmun]");

  @ParameterizedTest
  @CsvSource({
    "1n, PT0.000000001S", "99999999n, PT0.099999999S", "100000u, PT0.1S", "100000m, PT1M40S",
    "100000S, PT27H46M40S", "1666666M, PT27777H46M", "2562048H, PT2562048H",
        "99999999H, PT99999999H",
    "0S, PT0S", "00000001S, PT1S"
  })
  @DisplayName("W2 grpc-timeout is read as its protocol has it")
  void grpc_wellFormed_duration(String value, Duration expected) {
    assertThat(GRPC.read(List.of(value))).isEqualTo(new Asked(expected, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "S",
        "123456789S",
        "-1S",
        "+1S",
        "1x",
        " 1S",
        "1 S",
        "1S ",
        "1.5S",
        "1s",
        "1SS",
        "١S"
      })
  @DisplayName("W3 grpc-timeout is strict")
  void grpc_anythingElse_malformed(String value) {
    assertThat(GRPC.read(List.of(value))).isEqualTo(Asked.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-1",
        "+1",
        "1 ",
        " 1",
        "1,2",
        "1ms",
        "0x1",
        "1.0",
        "１２",
        "000000000000000000000000000000001"
      })
  @DisplayName("W3 milliseconds are digits and nothing else")
  void millis_anythingElse_malformed(String value) {
    assertThat(OURS.read(List.of(value))).isEqualTo(Asked.MALFORMED);
    assertThat(ENVOY.read(List.of(value))).isEqualTo(Asked.MALFORMED);
  }

  @Test
  @DisplayName("W3 digits that overflow are the maximum")
  void millis_overflow_maximum() {
    var most = new Asked(Duration.ofMillis(Long.MAX_VALUE), false);
    assertThat(OURS.read(List.of("9223372036854775807"))).isEqualTo(most);
    assertThat(OURS.read(List.of("9223372036854775808"))).isEqualTo(most);
    assertThat(OURS.read(List.of("99999999999999999999999999999999"))).isEqualTo(most);
    assertThat(OURS.read(List.of("9223372036854775806")).timeout())
        .isEqualTo(Duration.ofMillis(Long.MAX_VALUE - 1));
  }

  @Test
  @DisplayName("W3 twice with different values is malformed, twice the same is not")
  void twoLines_differentOrEqual_malformedOrRead() {
    assertThat(OURS.read(List.of("5", "6"))).isEqualTo(Asked.MALFORMED);
    assertThat(OURS.read(List.of("5", "x"))).isEqualTo(Asked.MALFORMED);
    assertThat(OURS.read(List.of("x", "5"))).isEqualTo(Asked.MALFORMED);
    assertThat(OURS.read(List.of("5", "5")).timeout()).isEqualTo(Duration.ofMillis(5));
    assertThat(OURS.read(List.of())).isEqualTo(Asked.NOTHING);
  }

  @Test
  @DisplayName("W3 0 is spent in ours and none in Envoy's")
  void zero_oursOrEnvoys_spentOrNone() {
    assertThat(OURS.read(List.of("0")).timeout()).isEqualTo(Duration.ZERO);
    assertThat(ENVOY.read(List.of("0"))).isEqualTo(Asked.NOTHING);
  }

  @Test
  @DisplayName("W3 the parser agrees with an independent one on 400,000 texts")
  void fuzz_generatedTexts_asAnOracle() {
    var random = new Random(20261122);
    String alphabet = "0123456789012345678901234567890123456789 +-.,HMSmunx\t\u0661\uFF11\0é";
    for (int i = 0; i < 400_000; i++) {
      var text = new StringBuilder();
      int length = random.nextInt(random.nextInt(8) == 0 ? 40 : 10);
      int among = random.nextBoolean() ? 40 : alphabet.length();
      for (int j = 0; j < length; j++) {
        text.append(alphabet.charAt(random.nextInt(among)));
      }
      if (random.nextInt(3) == 0) {
        text.append("HMSmunsX".charAt(random.nextInt(8)));
      }
      String value = text.toString();
      agree(value, OURS.read(List.of(value)), millis(value));
      agree(value, GRPC.read(List.of(value)), grpc(value));
    }
  }

  private static void agree(String value, Asked asked, @Nullable Duration oracle) {
    if (!Objects.equals(asked.timeout(), oracle) || asked.malformed() != (oracle == null)) {
      throw new AssertionError(value + ": " + asked + " instead of " + oracle);
    }
  }

  private static @Nullable Duration millis(String value) {
    if (!MILLIS.matcher(value).matches()) {
      return null;
    }
    return Duration.ofMillis(
        new BigInteger(value).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
  }

  private static @Nullable Duration grpc(String value) {
    if (!AMOUNT.matcher(value).matches()) {
      return null;
    }
    long amount = Long.parseLong(value.substring(0, value.length() - 1));
    return switch (value.charAt(value.length() - 1)) {
      case 'H' -> Duration.ofHours(amount);
      case 'M' -> Duration.ofMinutes(amount);
      case 'S' -> Duration.ofSeconds(amount);
      case 'm' -> Duration.ofMillis(amount);
      case 'u' -> Duration.ofNanos(amount * 1000);
      default -> Duration.ofNanos(amount);
    };
  }
}
