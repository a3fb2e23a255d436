package io.ctx4j.examples;

import java.io.IOException;
import java.sql.SQLException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** The service and how its parts are put together; settings are in application.properties. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Application {

  static ConfigurableApplicationContext start(String... args) {
    return SpringApplication.run(Application.class, args);
  }

  static int port(ConfigurableApplicationContext service) {
    return service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

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
  RequestContexts contexts() {
    return new RequestContexts();
  }

  @Bean
  RequestFilter filter(RequestContexts contexts) {
    return new RequestFilter(contexts);
  }

  @Bean
  Endpoints endpoints(Statements service, Statements watcher) {
    return new Endpoints(new Orders(service), new Queries(watcher));
  }
}
