package io.ctx4j.examples.orders;

import io.ctx4j.examples.inventory.InventoryGrpc.InventoryStub;
import io.r2dbc.pool.ConnectionPool;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.grpc.client.GrpcChannelFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;

/** The orders service and how its parts are put together; settings are in orders.properties. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableR2dbcRepositories
public class OrdersApplication {

  @Bean
  Queries queries(@Value("${database.url}") String database) {
    return new Queries(database + "?applicationName=ctx4j-watcher");
  }

  /** Over a channel of Spring's, whose calls hand on what is left of a request's deadline. */
  @Bean
  Inventory inventory(GrpcChannelFactory channels) {
    return new Inventory(new InventoryStub(channels.createChannel("inventory")));
  }

  @Bean
  OrdersEndpoints endpoints(
      DatabaseClient database,
      TransactionalOperator transaction,
      Inventory inventory,
      Ledger ledger,
      Queries queries,
      ConnectionPool pool) {
    pool.warmup().block(); // the first request need not wait for 20 connections
    return new OrdersEndpoints(new Orders(database, transaction), inventory, ledger, queries);
  }
}
