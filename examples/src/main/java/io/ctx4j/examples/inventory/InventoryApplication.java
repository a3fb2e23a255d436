package io.ctx4j.examples.inventory;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.IOException;
import java.sql.SQLException;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;

/**
 * The inventory service and how its parts are put together; settings are in inventory.properties.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class InventoryApplication {

  @Bean
  Postgres postgres() throws IOException, SQLException {
    return Postgres.start();
  }

  /** Where the database is; pool and client are Spring Boot's. */
  @Bean
  R2dbcConnectionDetails database(Postgres postgres) {
    return () ->
        ConnectionFactoryOptions.parse(postgres.url() + "?applicationName=ctx4j-inventory");
  }

  /**
   * Its server is Spring Boot's, which serves what is a bean; the interceptors are the starter's.
   */
  @Bean
  InventoryService service(DatabaseClient database, ConnectionPool pool) {
    pool.warmup().block(); // the first request need not wait for 20 connections
    return new InventoryService(new Stock(database));
  }
}
