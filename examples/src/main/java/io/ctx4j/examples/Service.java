package io.ctx4j.examples;

import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.http.client.ReactorResourceFactory;

/** An application that runs in this JVM, beside others, with which it shares nothing else. */
record Service(ConfigurableApplicationContext application) implements AutoCloseable {

  /** Starts an application with the settings in {@code <name>.properties}. */
  static Service start(String name, Class<?> application, List<String> settings) {
    return new Service(new SpringApplicationBuilder(application, OwnThreads.class)
        .properties("spring.config.name=" + name)
        .run(settings.toArray(String[]::new)));
  }

  int port() {
    return application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** How many contexts are live below the service's root. */
  long contexts() {
    return application.getBean("ctx4jRoot", Ctx.class).tree().lines().count() - 1;
  }

  /** Whoever stops this one, a signal as well, stops the other one first. */
  void stopsAfter(Service other) {
    application.addApplicationListener((ContextClosedEvent closed) -> other.close());
  }

  @Override
  public void close() {
    application.close();
  }

  /** By default all applications of a JVM have the same event loops, which the first that stops would stop. */
  @Configuration(proxyBeanMethods = false)
  static class OwnThreads {

    @Bean
    ReactorResourceFactory resources() {
      ReactorResourceFactory resources = new ReactorResourceFactory();
      resources.setUseGlobalResources(false);
      resources.setShutdownQuietPeriod(Duration.ZERO);
      return resources;
    }
  }
}
