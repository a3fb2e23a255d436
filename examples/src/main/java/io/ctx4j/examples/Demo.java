package io.ctx4j.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts the service, drives it over HTTP and says what it saw: {@code mvn -q -Pdemo}. */
final class Demo {

  private static final Duration DEADLINE = Duration.ofMillis(300);
  private static final Duration GONE = Duration.ofMillis(200);
  private static final Duration STUCK = Duration.ofSeconds(10);

  private final PrintStream out;
  private final Timeline timeline;
  private final Client client;
  private final RequestContexts contexts;

  private Demo(PrintStream out, Client client, RequestContexts contexts) {
    this.out = out;
    this.timeline = new Timeline(out);
    this.client = client;
    this.contexts = contexts;
  }

  public static void main(String[] args) {
    System.exit(run(System.out));
  }

  /** Returns the exit status: 0 if all was as promised. */
  private static int run(PrintStream out) {
    out.println("A WebFlux service over PostgreSQL: 20 connections, and 2 s for a request that does"
        + " not ask for less.");
    long start = System.nanoTime();
    try (ConfigurableApplicationContext service = Application.start("--server.port=0")) {
      int port = Application.port(service);
      Demo demo = new Demo(out, new Client(port), service.getBean(RequestContexts.class));
      out.printf("Up after %.1f s at http://127.0.0.1:%d.%n", seconds(start), port);
      int batches = demo.warmUp();
      out.printf("Warmed up by %d batches as in step 4 after %.1f s.%n", batches, seconds(start));
      return demo.steps();
    } catch (Throwable e) { // whatever it is, the JVM must end with a status that says so
      e.printStackTrace(out);
      return 2;
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** While classes are loaded and compiled, times say nothing about the service. */
  private int warmUp() {
    for (int i = 1; i <= 20; i++) {
      client.get("/orders/" + i, null).join();
      client.get("/report?seconds=5", Duration.ofMillis(20)).join();
    }
    long start = System.nanoTime();
    int batches = 0;
    for (int goodInARow = 0; goodInARow < 3 && seconds(start) < 20; batches++) {
      goodInARow = Batch.send(client).kept() ? goodInARow + 1 : 0;
    }
    client.awaitStatements(0, STUCK);
    return batches;
  }

  private int steps() throws IOException {
    quick();
    deadline();
    hangUp();
    batch();
    left();
    if (timeline.broken() == 0) {
      out.printf("%nAll was as promised.%n");
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
    Reply reply = client.get("/orders/7", null).join();
    timeline.say(reply.status() + " " + reply.body());
    timeline.promise(reply.status() == 200, "answers 200");
  }

  private void deadline() {
    timeline.step("A report of 5 s with a deadline of 300 ms");
    timeline.say("GET /report?seconds=5, " + RequestTimeout.HEADER + ": " + DEADLINE.toMillis());
    CompletableFuture<Reply> report = client.get("/report?seconds=5", DEADLINE);
    runs(client.awaitStatements(1, GONE));
    Reply reply = report.join();
    timeline.say(reply.status() + " " + reply.body());
    Batch.Sent sent = new Batch.Sent("/report?seconds=5", DEADLINE, reply);
    timeline.promise(
        sent.kept(), "answers 504 at 300 ms, at most 100 ms late: %d ms".formatted(reply.millis()));
    gone("the deadline", sent.late().toMillis());
  }

  private void hangUp() throws IOException {
    timeline.step("A client that hangs up in the middle of a report");
    timeline.say("GET /report?seconds=5");
    Socket socket = client.open("/report?seconds=5");
    runs(client.awaitStatements(1, STUCK));
    socket.close();
    timeline.say("the client closes its connection");
    gone("the client", 0);
  }

  private void runs(int running) {
    timeline.say(running(running));
    timeline.promise(running == 1, "the statement runs in the database");
  }

  private void gone(String what, long alreadyMillis) {
    long start = System.nanoTime();
    int running = client.awaitStatements(0, STUCK);
    long millis = alreadyMillis + (System.nanoTime() - start) / 1_000_000;
    timeline.say(running(running));
    timeline.promise(
        running == 0 && millis <= GONE.toMillis(),
        "the statement is gone at most 200 ms after %s: %d ms".formatted(what, millis));
  }

  private static String running(int statements) {
    return "statements that run in the database: " + statements;
  }

  private void batch() {
    timeline.step("200 requests at once: 100 quick, 100 reports of 5 s with 200 to 800 ms each");
    Batch batch = Batch.send(client);
    timeline.say("all are answered");
    timeline.promise(
        batch.keptQuick() == 100,
        "%d of 100 quick ones answered 200 within 2 s; the slowest took %d ms"
            .formatted(batch.keptQuick(), batch.slowestQuick()));
    timeline.promise(
        batch.keptCut() == 100,
        "%d of 100 reports answered 504 within 100 ms of their deadline; the latest was %d ms late"
            .formatted(batch.keptCut(), batch.latestCut()));
  }

  private void left() {
    timeline.step("What is left");
    int statements = client.awaitStatements(0, STUCK);
    long live = awaitNoContext();
    timeline.say(running(statements));
    timeline.say("contexts that are live: " + live);
    timeline.promise(statements == 0 && live == 0, "0 and 0");
  }

  /** A context is closed just after its answer was sent. */
  private long awaitNoContext() {
    long start = System.nanoTime();
    while (contexts.live() > 0 && System.nanoTime() - start < STUCK.toNanos()) {
      Thread.onSpinWait();
    }
    return contexts.live();
  }
}
