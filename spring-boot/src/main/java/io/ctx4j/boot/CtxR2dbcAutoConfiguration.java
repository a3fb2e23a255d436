package io.ctx4j.boot;

import io.ctx4j.r2dbc.AbortOutcome;
import io.ctx4j.r2dbc.CtxConnectionFactory;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.r2dbc.ConnectionFactoryDecorator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Puts {@link CtxConnectionFactory} around what Boot makes: around the driver and below the pool,
 * or around the pool where that is in the URL.
 */
@AutoConfiguration(
    beforeName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
@ConditionalOnClass({CtxConnectionFactory.class, ConnectionFactoryDecorator.class})
@ConditionalOnBooleanProperty(name = "ctx4j.r2dbc.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CtxR2dbcProperties.class)
public final class CtxR2dbcAutoConfiguration {
  private static final Log LOG = LogFactory.getLog(CtxR2dbcAutoConfiguration.class);

  CtxR2dbcAutoConfiguration() {}

  /** The last one, so that it decorates what all others have made of the driver. */
  @Bean
  @Order
  ConnectionFactoryDecorator ctx4jConnectionFactoryDecorator(
      CtxR2dbcProperties properties,
      Environment environment,
      ObjectProvider<OutcomeMeters<AbortOutcome>> meters) {
    return driver -> {
      CtxConnectionFactory.Builder builder = CtxConnectionFactory.builder(driver)
          .backstop(properties.backstop())
          .giveUp(properties.giveUp());
      String query = environment.getProperty("spring.r2dbc.pool.validation-query");
      if (StringUtils.hasText(query)) {
        builder.validationQuery(query);
      }
      meters.ifAvailable(builder::onAbort);
      CtxConnectionFactory connections = builder.build();
      LOG.info("Statements end with their context: " + connections);
      return connections;
    };
  }

  /** Counts them, where the application has a registry. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  static class MetersConfiguration {
    @Bean
    OutcomeMeters<AbortOutcome> ctx4jAbortMeters(ObjectProvider<MeterRegistry> registries) {
      return new OutcomeMeters<>(
          AbortOutcome.class,
          "ctx4j.r2dbc.aborts",
          "Statements whose context was done, and how the connection has answered",
          registries);
    }
  }
}
