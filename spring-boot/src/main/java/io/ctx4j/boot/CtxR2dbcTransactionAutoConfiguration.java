package io.ctx4j.boot;

import io.ctx4j.r2dbc.CtxTransactionManager;
import io.r2dbc.spi.ConnectionFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * In place of Boot's transaction manager, and under its name, one that loses no transaction to a
 * cancellation.
 */
@AutoConfiguration(
    after = CtxR2dbcAutoConfiguration.class,
    afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
    beforeName =
        "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration")
@ConditionalOnClass({
  CtxTransactionManager.class,
  R2dbcTransactionManager.class,
  ReactiveTransactionManager.class
})
@ConditionalOnBooleanProperty(name = "ctx4j.r2dbc.enabled", matchIfMissing = true)
public final class CtxR2dbcTransactionAutoConfiguration {
  CtxR2dbcTransactionAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(ReactiveTransactionManager.class)
  @ConditionalOnSingleCandidate(ConnectionFactory.class)
  CtxTransactionManager connectionFactoryTransactionManager(ConnectionFactory connections) {
    return new CtxTransactionManager(new R2dbcTransactionManager(connections));
  }
}
