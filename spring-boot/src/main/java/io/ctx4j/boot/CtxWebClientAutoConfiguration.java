package io.ctx4j.boot;

import io.ctx4j.webflux.CtxClientFilter;
import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import io.ctx4j.webflux.spi.Meters;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * Ends the calls of Boot's {@code WebClient.Builder} with their caller's context, in any kind of
 * application.
 */
@AutoConfiguration(
    after = CtxMetricsAutoConfiguration.class,
    beforeName = "org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration")
@ConditionalOnClass(WebClientCustomizer.class)
@ConditionalOnBooleanProperty(name = "ctx4j.web.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "ctx4j.web.client.enabled", matchIfMissing = true)
@Import(CtxWebSettingsConfiguration.class)
public final class CtxWebClientAutoConfiguration {
  CtxWebClientAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  CtxClientFilter ctx4jClientFilter(
      CtxWebProperties properties, CtxWebSettings settings, ObjectProvider<Meters> meters) {
    return new CtxClientFilter(
        properties.client().hosts(),
        settings.mode() == Mode.ENFORCE,
        meters.getIfAvailable(() -> Meters.NONE));
  }

  @Bean
  WebClientCustomizer ctx4jWebClientCustomizer(CtxClientFilter filter) {
    return builder -> builder.filter(filter);
  }
}
