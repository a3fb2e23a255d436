package io.ctx4j.examples.orders;

import java.io.IOException;
import java.sql.SQLException;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** The orders service and how its parts are put together; settings are in orders.properties. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class OrdersApplication {

  @Bean
  Postgres postgres() throws IOException, SQLException {
    return Postgres.start();
  }

  @Bean
  Statements service(Postgres postgres) {
    return new Statements(postgres.pool(Postgres.SERVICE, 20));
  }

  /** A connection of its own: on the service's pool the watcher would wait behind what it counts. */
  @Bean
  Statements watcher(Postgres postgres) {
    return new Statements(postgres.pool("ctx4j-watcher", 1));
  }

  @Bean
  OrdersEndpoints endpoints(Statements service, Statements watcher) {
    return new OrdersEndpoints(new Orders(service), new Queries(watcher));
  }
}
