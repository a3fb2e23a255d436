package io.ctx4j.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Says as an application starts, in words, that its Spring Boot is too old: else it would start and
 * answer nothing.
 *
 * <p>It has nothing that an older Boot lacks, and comes before all auto-configuration.
 */
final class RequiredBoot implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  private static final int MAJOR = 4;

  RequiredBoot() {}

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    check(SpringBootVersion.getVersion());
  }

  static void check(@Nullable String version) {
    String major = version == null ? "" : version.split("\\.", 2)[0];
    if (major.matches("\\d{1,4}") && Integer.parseInt(major) < MAJOR) {
      throw new IllegalStateException("ctx4j-spring-boot-starter needs Spring Boot " + MAJOR
          + " or newer (Spring Framework 7), and this is Spring Boot " + version);
    }
  }
}
