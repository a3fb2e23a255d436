package io.ctx4j.boot;

import io.ctx4j.webflux.CtxWebSettings;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The settings of the filter and of calls alike: the application's own, or else what its properties
 * say.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CtxWebProperties.class)
class CtxWebSettingsConfiguration {
  @Bean
  @ConditionalOnMissingBean
  CtxWebSettings ctx4jWebSettings(CtxWebProperties properties) {
    return properties.settings();
  }
}
