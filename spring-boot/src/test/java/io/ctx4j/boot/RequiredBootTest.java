package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.core.io.support.SpringFactoriesLoader;

class RequiredBootTest {

  @ParameterizedTest
  @ValueSource(strings = {"3.5.7", "3.4.0-SNAPSHOT", "2.7.18", "3"})
  @DisplayName("W12 an older Spring Boot is refused with the versions that are needed")
  void check_older_saysWhatIsNeeded(String version) {
    assertThatThrownBy(() -> RequiredBoot.check(version))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            "Spring Boot 4", "Spring Framework 7", "this is Spring Boot " + version);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"4.0.0", "4.1.2", "5.0.0-M1", "10.0.0", "main"})
  @DisplayName("W12 no other is")
  void check_newerOrUnknown_passes(@Nullable String version) {
    assertThatCode(() -> RequiredBoot.check(version)).doesNotThrowAnyException();
    assertThat(SpringBootVersion.getVersion()).startsWith("4.");
  }

  @Test
  @DisplayName("W12 every application is looked at as it starts")
  void factories_initializers_haveIt() {
    assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
            .load(ApplicationContextInitializer.class))
        .hasAtLeastOneElementOfType(RequiredBoot.class);
  }
}
