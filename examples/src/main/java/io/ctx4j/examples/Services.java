package io.ctx4j.examples;

import io.ctx4j.examples.front.FrontApplication;
import io.ctx4j.examples.inventory.InventoryApplication;
import io.ctx4j.examples.inventory.Postgres;
import io.ctx4j.examples.orders.OrdersApplication;
import java.util.List;
import java.util.stream.Stream;

/** The front, the orders service that it calls, and the inventory service that that one calls. */
record Services(Service inventory, Service orders, Service front) implements AutoCloseable {

  static final String[] ON_FREE_PORTS = {"--server.port=0", "--spring.grpc.server.port=0"};

  /** Starts all three; the settings come before those in their files. */
  static Services start(String... settings) {
    Service inventory = Service.start("inventory", InventoryApplication.class, List.of(settings));
    try {
      Service orders = Service.start(
          "orders",
          OrdersApplication.class,
          and(
              settings,
              "--database.url="
                  + inventory.application().getBean(Postgres.class).url(),
              "--inventory.address=" + inventory.grpcAddress()));
      orders.stopsBefore(inventory); // until then it has calls to make
      Service front = Service.start(
          "front", FrontApplication.class, and(settings, "--orders.url=" + orders.url()));
      front.stopsBefore(orders);
      return new Services(inventory, orders, front);
    } catch (Throwable e) {
      inventory.close();
      throw e;
    }
  }

  private static List<String> and(String[] settings, String... more) {
    return Stream.concat(Stream.of(settings), Stream.of(more)).toList();
  }

  /** Whether no context is live in any of them. */
  boolean isAtRest() {
    return Stream.of(front, orders, inventory)
        .allMatch(service -> service.contexts().isEmpty());
  }

  @Override
  public void close() {
    inventory.close();
  }
}
