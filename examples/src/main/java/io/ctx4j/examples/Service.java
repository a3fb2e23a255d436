package io.ctx4j.examples;

import io.ctx4j.Ctx;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * An application that runs in this JVM, beside others, with which it shares nothing else.
 *
 * @param atRest how many contexts it has with nothing to do
 */
record Service(ConfigurableApplicationContext application, int atRest) implements AutoCloseable {

  /** Starts an application with the settings in {@code <name>.properties}. */
  static Service start(String name, Class<?> application, List<String> settings) {
    ConfigurableApplicationContext started = new SpringApplicationBuilder(
            application, OwnThreads.class)
        .properties("spring.config.name=" + name)
        .run(settings.toArray(String[]::new));
    return new Service(started, tree(started).size());
  }

  int port() {
    return application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** Of one that speaks gRPC. */
  String grpcAddress() {
    return "127.0.0.1:" + application.getBean(GrpcServerLifecycle.class).getPort();
  }

  /** The contexts of what the service is at work on, a line each. */
  List<String> contexts() {
    List<String> tree = tree(application);
    return tree.subList(Math.min(atRest, tree.size()), tree.size());
  }

  private static List<String> tree(ApplicationContext application) {
    return application.getBean("ctx4jRoot", Ctx.class).tree().lines().toList();
  }

  /** How many calls of one that speaks gRPC have ended like that since it started. */
  long endedCalls(String outcome) {
    return (long) application
        .getBean(MeterRegistry.class)
        .get("ctx4j.grpc.calls")
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  /** Whoever stops the other one, a signal as well, stops this one first. */
  void stopsBefore(Service other) {
    other.application.addApplicationListener((ContextClosedEvent closed) -> close());
  }

  @Override
  public void close() {
    application.close();
  }

  /**
   * By default all applications of a JVM have the same event loops, which the first that stops
   * would stop.
   */
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
