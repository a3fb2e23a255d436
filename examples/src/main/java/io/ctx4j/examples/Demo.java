package io.ctx4j.examples;

import static io.ctx4j.examples.Watcher.awaitStatements;
import static io.ctx4j.examples.Watcher.ended;
import static io.ctx4j.examples.Watcher.inFlight;
import static io.ctx4j.examples.Watcher.leftOfCall;

import io.ctx4j.examples.Watcher.InFlight;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Starts the services, drives the front over HTTP and says what it saw: {@code mvn -q -Pdemo}. */
final class Demo {

  private static final Duration DEADLINE = Duration.ofMillis(300);
  private static final Duration SHORTEST = Duration.ofMillis(800);
  private static final Duration GONE = Duration.ofMillis(200);
  private static final Duration STUCK = Duration.ofSeconds(10);
  private static final String REPORT = "/report?seconds=5";
  private static final String CLIENT_GONE = "client_gone";

  private final PrintStream out;
  private final Timeline timeline;
  private final Services services;
  private final Client front;
  private final Client orders;
  private final GoClient go;

  private Demo(PrintStream out, Services services, GoClient go) {
    this.out = out;
    this.timeline = new Timeline(out, new Lateness()::worst);
    this.services = services;
    this.front = new Client(services.front().port());
    this.orders = new Client(services.orders().port());
    this.go = go;
  }

  public static void main(String[] args) {
    System.exit(run(System.out));
  }

  /** Returns the exit status: 0 if all was as promised. */
  private static int run(PrintStream out) {
    out.println(
        "Three services over PostgreSQL: the front calls orders by HTTP, which calls inventory by gRPC.");
    out.println("A request has 2 s, or what it asks for by " + Client.TIMEOUT + ".");
    long start = System.nanoTime();
    CompletableFuture<GoClient> go = GoClient.build();
    try (Services services = Services.start(Services.ON_FREE_PORTS)) {
      out.printf(
          "Up after %.1f s: the front at %s, orders at %s, inventory at %s.%n",
          seconds(start),
          services.front().url(),
          services.orders().url(),
          services.inventory().grpcAddress());
      Demo demo = new Demo(out, services, go.join());
      int batches = demo.warmUp();
      out.printf("Warmed up by %d batches as in step 6 after %.1f s.%n", batches, seconds(start));
      return demo.steps();
    } catch (Throwable e) { // whatever it is, the JVM must end with a status that says so
      e.printStackTrace(out);
      return 2;
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** While classes are loaded and compiled, times say nothing about the services. */
  private int warmUp() {
    for (int i = 1; i <= 20; i++) {
      front.get("/orders/" + i).join();
      front.get(REPORT, Duration.ofMillis(20)).join();
      for (Client service : List.of(front, orders)) {
        inFlight(service, "GET /report");
        ended(service, CLIENT_GONE);
      }
    }
    long start = System.nanoTime();
    while (seconds(start) < 6) {
      Batch.send(front, SHORTEST.dividedBy(10));
    }
    int batches = 0;
    for (int goodInARow = 0; goodInARow < 3 && seconds(start) < 26; batches++) {
      goodInARow = Batch.send(front, SHORTEST).kept() ? goodInARow + 1 : 0;
    }
    awaitStatements(orders, 0, STUCK);
    return batches;
  }

  private int steps() throws IOException {
    quick();
    deadline();
    hangUp();
    fromGo();
    transaction();
    batch();
    left();
    if (timeline.broken() == 0) {
      out.printf("%nAll was as promised.%n");
      if (timeline.notJudged() > 0) {
        out.printf(
            "Times that were not judged, as the machine was late: %d.%n", timeline.notJudged());
      }
      return 0;
    }
    OperatingSystemMXBean machine = ManagementFactory.getOperatingSystemMXBean();
    out.printf(
        "%nBroken promises: %d. (The machine: %d cores, a load of %.1f.)%n",
        timeline.broken(), machine.getAvailableProcessors(), machine.getSystemLoadAverage());
    return 1;
  }

  private void quick() {
    timeline.step("A quick request");
    timeline.say("GET /orders/7");
    Reply reply = front.get("/orders/7").join();
    timeline.say(reply.status() + " " + reply.body());
    timeline.promise(reply.status() == 200, "answers 200");
  }

  private void deadline() {
    timeline.step("A report of 5 s with a deadline of 300 ms");
    timeline.say("GET " + REPORT + ", " + Client.TIMEOUT + ": " + DEADLINE.toMillis());
    CompletableFuture<Reply> report = front.get(REPORT, DEADLINE);
    runs(awaitStatements(orders, 1, DEADLINE));
    InFlight first = inFlight(front, "GET /report");
    InFlight second = inFlight(orders, "GET /report");
    if (first != null && second != null) {
      timeline.say(
          "the front: %d ms left of %d ms".formatted(first.left().toMillis(), DEADLINE.toMillis()));
      timeline.say("orders: %d ms left of %d ms, which the front had left when it called"
          .formatted(second.left().toMillis(), second.budget().toMillis()));
    }
    Duration third = leftOfCall(services.inventory());
    timeline.say("inventory: %d ms left".formatted(third.toMillis()));
    timeline.promise(
        second != null
            && second.deadlineFrom().equals("header")
            && second.budget().compareTo(DEADLINE) <= 0
            && third.compareTo(second.budget()) <= 0,
        "orders was given no more than the front had, and inventory no more than orders");
    Reply reply = report.join();
    timeline.say(reply.status() + " " + reply.body());
    Batch.Sent sent = new Batch.Sent(REPORT, DEADLINE, reply);
    timeline.promise(reply.status() == 504, "answers 504");
    timeline.promiseInTime(
        sent.kept(), "at 300 ms, at most 100 ms late: %d ms".formatted(reply.millis()));
    gone("the deadline", sent.late().toMillis());
  }

  private void hangUp() throws IOException {
    timeline.step("A client that hangs up in the middle of a report");
    timeline.say("GET " + REPORT);
    long frontBefore = ended(front, CLIENT_GONE);
    long ordersBefore = ended(orders, CLIENT_GONE);
    long inventoryBefore = services.inventory().endedCalls(CLIENT_GONE);
    Socket socket = front.open(REPORT);
    runs(awaitStatements(orders, 1, STUCK));
    socket.close();
    timeline.say("the client closes its connection");
    gone("the client", 0);
    Watcher.await(
        () -> ended(front, CLIENT_GONE) > frontBefore
            && ended(orders, CLIENT_GONE) > ordersBefore
            && services.inventory().endedCalls(CLIENT_GONE) > inventoryBefore,
        GONE);
    long atFront = ended(front, CLIENT_GONE) - frontBefore;
    long atOrders = ended(orders, CLIENT_GONE) - ordersBefore;
    long atInventory = services.inventory().endedCalls(CLIENT_GONE) - inventoryBefore;
    timeline.say(
        "what ended as its client was gone: front %d request, orders %d request, inventory %d call"
            .formatted(atFront, atOrders, atInventory));
    timeline.promise(atFront == 1 && atOrders == 1 && atInventory == 1, "1, 1 and 1");
  }

  private void fromGo() {
    timeline.step("The same from Go: a client whose context has 300 ms calls inventory");
    if (go.program() == null) {
      timeline.say("left out: " + go.leftOut());
      return;
    }
    timeline.say("ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)");
    CompletableFuture<String> end = go.count(services.inventory().grpcAddress(), 5, DEADLINE);
    runs(awaitStatements(orders, 1, DEADLINE));
    Duration left = leftOfCall(services.inventory());
    timeline.say("inventory: %d ms left".formatted(left.toMillis()));
    timeline.promise(left.compareTo(DEADLINE) <= 0, "Java was given no more than Go had");
    String line = end.join();
    timeline.say("the client says: " + line);
    timeline.promise(line.startsWith("DeadlineExceeded"), "Go is told of its deadline");
    gone("Go's client has ended", 0);
  }

  private void transaction() {
    timeline.step("A transaction of two rows with a deadline of 300 ms, in the middle of it");
    String before = orders.get("/orders/count").join().body();
    timeline.say(
        "POST /orders?item=lamp&seconds=5, " + Client.TIMEOUT + ": " + DEADLINE.toMillis());
    Reply reply = orders.post("/orders?item=lamp&seconds=5", DEADLINE).join();
    timeline.say(reply.status() + " " + reply.body());
    awaitStatements(orders, 0, STUCK);
    String after = orders.get("/orders/count").join().body();
    String ledger = orders.get("/ledger").join().body();
    timeline.say("orders: %s before, %s after; the ledger: %s".formatted(before, after, ledger));
    timeline.promise(
        reply.status() == 504 && after.equals(before) && ledger.equals("[]"),
        "a transaction that is cut leaves nothing");
    Reply placed = orders.post("/orders?item=lamp", DEADLINE.multipliedBy(5)).join();
    timeline.say(placed.status() + " " + placed.body());
    timeline.promise(
        placed.status() == 200 && orders.get("/ledger").join().body().contains("placed"),
        "one that is not leaves both rows");
  }

  private void runs(int running) {
    timeline.say(running(running));
    timeline.promise(running == 1, "the statement runs in the database");
  }

  private void gone(String what, long alreadyMillis) {
    long start = System.nanoTime();
    int running = awaitStatements(orders, 0, STUCK);
    long millis = alreadyMillis + (System.nanoTime() - start) / 1_000_000;
    timeline.say(running(running));
    timeline.promise(running == 0, "no statement runs any more");
    timeline.promiseInTime(
        millis <= GONE.toMillis(), "gone at most 200 ms after %s: %d ms".formatted(what, millis));
  }

  private static String running(int statements) {
    return "statements that run in the database: " + statements;
  }

  private void batch() {
    timeline.step(
        "200 requests in flight together: 100 quick, 100 reports of 5 s with 800 to 1600 ms each");
    Batch batch = Batch.send(front, SHORTEST);
    timeline.say("all are answered");
    timeline.promiseInTime(
        batch.keptQuick() == 100,
        "%d of 100 quick ones answered 200 within 2 s; the slowest took %d ms"
            .formatted(batch.keptQuick(), batch.slowestQuick()));
    timeline.promiseInTime(
        batch.keptCut() == 100,
        "%d of 100 reports answered 504 within 100 ms of their deadline; the latest was %d ms late"
            .formatted(batch.keptCut(), batch.latestCut()));
  }

  private void left() {
    timeline.step("What is left");
    int statements = awaitStatements(orders, 0, STUCK);
    // a context is closed just after its answer was sent
    Watcher.await(() -> services.isAtRest(), STUCK);
    timeline.say(running(statements));
    timeline.say("contexts that are live: front %d, orders %d, inventory %d"
        .formatted(
            services.front().contexts().size(),
            services.orders().contexts().size(),
            services.inventory().contexts().size()));
    timeline.promise(statements == 0 && services.isAtRest(), "nothing");
  }
}
