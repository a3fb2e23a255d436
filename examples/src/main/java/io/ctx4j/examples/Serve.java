package io.ctx4j.examples;

import java.util.concurrent.CountDownLatch;

/**
 * Runs all services until they are told to stop: {@code mvn -q -Pserve [-Dport=8080
 * -Dorders.port=8081 -Dinventory.port=9090]}.
 */
final class Serve {

  private Serve() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      Services services = Services.start();
      System.out.printf(
          "The front is at %s: /orders/1, /report?seconds=1, /ticks, /actuator/ctx4j.%n"
              + "It calls orders, at %s: the same, and /queries.%n"
              + "That calls inventory, by gRPC at %s.%n"
              + "A request has 2 s, or up to 10 s by the header X-Request-Timeout-Ms. Ctrl-C stops.%n",
          services.front().url(), services.orders().url(), services.inventory().grpcAddress());
    } catch (Throwable e) { // which Spring Boot has explained
      System.exit(1);
    }
    new CountDownLatch(1).await(); // the shutdown hook needs the class loader that ends with main
  }
}
