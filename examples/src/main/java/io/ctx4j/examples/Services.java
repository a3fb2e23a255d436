package io.ctx4j.examples;

import io.ctx4j.examples.front.FrontApplication;
import io.ctx4j.examples.orders.OrdersApplication;
import java.util.ArrayList;
import java.util.List;

/** The front, and the orders service that it calls. */
record Services(Service orders, Service front) implements AutoCloseable {

  static final String ON_A_FREE_PORT = "--server.port=0";

  /** Starts both; the settings come before those in their files. */
  static Services start(String... settings) {
    Service orders = Service.start("orders", OrdersApplication.class, List.of(settings));
    try {
      List<String> forFront = new ArrayList<>(List.of(settings));
      forFront.add("--orders.url=" + orders.url());
      Service front = Service.start("front", FrontApplication.class, forFront);
      orders.stopsAfter(front); // until then it has calls to make
      return new Services(orders, front);
    } catch (Throwable e) {
      orders.close();
      throw e;
    }
  }

  @Override
  public void close() {
    orders.close();
  }
}
