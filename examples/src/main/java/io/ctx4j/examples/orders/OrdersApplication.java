package io.ctx4j.examples.orders;

import io.r2dbc.pool.ConnectionPool;
import java.io.IOException;
import java.sql.SQLException;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;

/** The orders service and how its parts are put together; settings are in orders.properties. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableR2dbcRepositories
public class OrdersApplication {

  @Bean
  Postgres postgres() throws IOException, SQLException {
    return Postgres.start();
  }

  /** Where the database is; pool, client and transactions are Spring Boot's. */
  @Bean
  R2dbcConnectionDetails database(Postgres postgres) {
    return () -> postgres.options(Postgres.SERVICE);
  }

  @Bean
  Queries queries(Postgres postgres) {
    return new Queries(postgres.options("ctx4j-watcher"));
  }

  @Bean
  OrdersEndpoints endpoints(
      DatabaseClient database,
      TransactionalOperator transaction,
      Ledger ledger,
      Queries queries,
      ConnectionPool pool) {
    pool.warmup().block(); // the first request need not wait for 20 connections
    return new OrdersEndpoints(new Orders(database, transaction), ledger, queries);
  }
}
