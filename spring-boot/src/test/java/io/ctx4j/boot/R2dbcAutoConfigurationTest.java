package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.r2dbc.AbortOutcome;
import io.ctx4j.r2dbc.CtxConnectionFactory;
import io.ctx4j.r2dbc.CtxTransactionManager;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.r2dbc.ConnectionFactoryDecorator;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.ResolvableType;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;

/** What Boot makes of a URL, decorated; nobody connects. */
class R2dbcAutoConfigurationTest {
  private static final String URL = "r2dbc:postgresql://nobody@127.0.0.1:1/none";

  private final ApplicationContextRunner application = new ApplicationContextRunner()
      .withConfiguration(AutoConfigurations.of(
          CtxR2dbcAutoConfiguration.class,
          CtxR2dbcTransactionAutoConfiguration.class,
          R2dbcAutoConfiguration.class,
          R2dbcTransactionManagerAutoConfiguration.class))
      .withPropertyValues("spring.r2dbc.url=" + URL);

  @Test
  @DisplayName("D8 around the driver, below Boot's pool, which stays a ConnectionPool")
  void pool_ofBoots_hasDecoratedConnections() {
    application.run(context -> assertThat(context)
        .hasNotFailed()
        .getBean(ConnectionFactory.class)
        .isInstanceOfSatisfying(
            ConnectionPool.class,
            pool -> assertThat(pool.unwrap()).isInstanceOf(CtxConnectionFactory.class)));
  }

  @Test
  @DisplayName("D8 around a pool that is in the URL")
  void pool_inTheUrl_isDecorated() {
    application
        .withPropertyValues("spring.r2dbc.url=r2dbc:pool:postgresql://nobody@127.0.0.1:1/none")
        .run(context -> assertThat(context)
            .hasNotFailed()
            .getBean(ConnectionFactory.class)
            .isInstanceOf(CtxConnectionFactory.class));
  }

  @Test
  @DisplayName("§6 ctx4j.r2dbc.enabled=false: all is Boot's")
  void disabled_nothingThere() {
    application.withPropertyValues("ctx4j.r2dbc.enabled=false").run(context -> {
      assertThat(context).hasNotFailed().doesNotHaveBean(ConnectionFactoryDecorator.class);
      assertThat(context.getBean(ReactiveTransactionManager.class))
          .isInstanceOf(R2dbcTransactionManager.class);
    });
  }

  @Test
  @DisplayName("§6 without ctx4j-r2dbc, or without R2DBC, the application starts")
  void classesMissing_applicationStarts() {
    application
        .withClassLoader(new FilteredClassLoader("io.ctx4j.r2dbc"))
        .run(context ->
            assertThat(context).hasNotFailed().doesNotHaveBean(ConnectionFactoryDecorator.class));
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(
            CtxR2dbcAutoConfiguration.class, CtxR2dbcTransactionAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("io.r2dbc", "org.springframework.boot.r2dbc"))
        .run(context -> assertThat(context).hasNotFailed());
    application
        .withClassLoader(new FilteredClassLoader("io.micrometer"))
        .run(context -> assertThat(context).hasNotFailed());
  }

  @Test
  @DisplayName(
      "D3 Boot's transaction manager is decorated, under its name; one's own is left alone")
  void transactionManager_isDecorated() {
    application.run(context -> assertThat(context)
        .hasSingleBean(ReactiveTransactionManager.class)
        .getBean("connectionFactoryTransactionManager")
        .isInstanceOf(CtxTransactionManager.class));
    application
        .withBean(
            "own",
            R2dbcTransactionManager.class,
            () -> new R2dbcTransactionManager(ConnectionFactories.get(URL)))
        .run(context ->
            assertThat(context).hasSingleBean(ReactiveTransactionManager.class).hasBean("own"));
  }

  @Test
  @DisplayName("W8 the meter ctx4j.r2dbc.aborts has its outcomes from the start")
  void meters_areThereFromTheStart() {
    application.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
      MeterRegistry registry = context.getBean(MeterRegistry.class);
      assertThat(registry.find("ctx4j.r2dbc.aborts").counters())
          .extracting(counter -> counter.getId().getTag("outcome"))
          .containsExactlyInAnyOrder("answered", "asked_again", "closed");
      ObjectProvider<OutcomeMeters<AbortOutcome>> meters = context.getBeanProvider(
          ResolvableType.forClassWithGenerics(OutcomeMeters.class, AbortOutcome.class));
      meters.getObject().accept(AbortOutcome.ASKED_AGAIN);
      assertThat(registry
              .get("ctx4j.r2dbc.aborts")
              .tag("outcome", "asked_again")
              .counter()
              .count())
          .isEqualTo(1);
    });
  }

  @Test
  @DisplayName("§6 what makes no sense fails at the start")
  void giveUp_notPositive_failsAtTheStart() {
    application
        .withPropertyValues("ctx4j.r2dbc.give-up=0s")
        .run(context -> assertThat(context).hasFailed());
  }
}
