package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RequiredSpringTest {

  @Test
  @DisplayName("W12 an older Spring Framework is refused with the versions that are needed")
  void check_olderHeaders_saysWhatIsNeeded() {
    assertThatThrownBy(() -> RequiredSpring.check(HashMap.class, "6.2.9"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("Spring Framework 7", "Spring Boot 4", "6.2.9");
    assertThatThrownBy(() -> RequiredSpring.check(HashMap.class, null))
        .hasMessageContaining("an older one");
  }

  @Test
  @DisplayName("W12 this one is not")
  void check_thisSpring_passes() {
    assertThatCode(RequiredSpring::check).doesNotThrowAnyException();
  }
}
