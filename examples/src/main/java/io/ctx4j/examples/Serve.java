package io.ctx4j.examples;

import java.util.concurrent.CountDownLatch;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs the service until it is told to stop: {@code mvn -q -Pserve [-Dport=8080]}. */
final class Serve {

  private Serve() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      ConfigurableApplicationContext service = Application.start(args);
      System.out.printf(
          "Serving at http://127.0.0.1:%d: /orders/1, /report?seconds=1, /ticks, /queries.%n"
              + "A request has 2 s, or less by the header %s. Ctrl-C stops.%n",
          Application.port(service), RequestTimeout.HEADER);
    } catch (Throwable e) { // which Spring Boot has explained
      System.exit(1);
    }
    new CountDownLatch(1).await(); // the shutdown hook needs the class loader that ends with main
  }
}
