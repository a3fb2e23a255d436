package io.ctx4j.examples;

import static io.ctx4j.examples.Client.TIMEOUT;
import static io.ctx4j.examples.Watcher.await;
import static io.ctx4j.examples.Watcher.awaitStatements;
import static io.ctx4j.examples.Watcher.ended;
import static io.ctx4j.examples.Watcher.inFlight;
import static io.ctx4j.examples.Watcher.leftOfCall;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.examples.Watcher.InFlight;
import io.ctx4j.testing.Await;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The services, as their clients see them; what is not about the hops is asked of front and orders.
 */
@Tag("process")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServicesTest {

  private static final Duration STUCK = Duration.ofSeconds(60);
  private static final Duration DEFAULT = Duration.ofSeconds(2);

  /** Longer than any machine stalls; nobody waits for it. */
  private static final String LONG_ENOUGH_MILLIS = "600000";

  private final Services services = Services.start(Stream.concat(
          Stream.of(Services.ON_FREE_PORTS),
          Stream.of("--ctx4j.web.max-timeout=600s", "--ctx4j.grpc.server.max-timeout=600s"))
      .toArray(String[]::new));
  private final Client orders = new Client(services.orders().port());
  private final Client front = new Client(services.front().port());

  enum Hop {
    ORDERS,
    FRONT
  }

  private Client client(Hop hop) {
    return hop == Hop.FRONT ? front : orders;
  }

  /** Asks again where a machine that stalls has answered too late for what the test is about. */
  private static Reply ask(Predicate<Reply> inTime, Supplier<CompletableFuture<Reply>> request) {
    Reply reply = request.get().join();
    for (int i = 0; i < 10 && !inTime.test(reply); i++) {
      reply = request.get().join();
    }
    return reply;
  }

  private static boolean isNot504(Reply reply) {
    return reply.status() != 504;
  }

  @AfterAll
  void stop() {
    services.close();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(awaitStatements(orders, 0, STUCK)).isZero();
    assertThat(await(services::isAtRest, STUCK)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void order_valuesOfTheRequest_reachTheRepository(Hop hop) {
    Reply reply = client(hop)
        .get("/orders/7", "X-User", "ann", TIMEOUT, LONG_ENOUGH_MILLIS)
        .join();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body())
        .matches("\\{\"id\":7,\"item\":\"item 7\",\"user\":\"ann\",\"requestId\":\"[^\"]+\"}");
  }

  @ParameterizedTest
  @EnumSource
  void order_noHeader_guest(Hop hop) {
    Reply reply = ask(ServicesTest::isNot504, () -> client(hop).get("/orders/1"));

    assertThat(reply.body()).contains("\"user\":\"guest\"");
  }

  @ParameterizedTest
  @EnumSource
  void order_unknown_404(Hop hop) {
    Reply reply = client(hop).get("/orders/0", TIMEOUT, LONG_ENOUGH_MILLIS).join();

    assertThat(reply.status()).isEqualTo(404);
  }

  @ParameterizedTest
  @EnumSource
  void order_timeoutOfZero_504(Hop hop) {
    assertThat(client(hop).get("/orders/1", TIMEOUT, "0").join().status()).isEqualTo(504);
  }

  @ParameterizedTest
  @EnumSource
  void order_headersThatSayNothing_changeNothing(Hop hop) {
    for (String header : List.of(TIMEOUT, "x-envoy-expected-rq-timeout-ms", "grpc-timeout")) {
      for (String value : List.of("abc", "-1", "9".repeat(20), "9".repeat(10 << 10))) {
        Reply reply =
            ask(ServicesTest::isNot504, () -> client(hop).get("/orders/1", header, value));

        assertThat(reply.status()).as("%s: %.30s", header, value).isEqualTo(200);
        assertThat(reply.body()).contains("\"item\":\"item 1\"");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void report_withinItsDeadline_200(Hop hop) {
    Reply reply =
        client(hop).get("/report?seconds=0.1", TIMEOUT, LONG_ENOUGH_MILLIS).join();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains("\"items\":1000");
  }

  @Test
  void report_headerOfMoreThanTheDefault_isGiven() {
    Reply reply = front.get("/report?seconds=2.2", TIMEOUT, "60000").join();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.took()).isGreaterThan(DEFAULT);
  }

  @ParameterizedTest
  @CsvSource({
    "FRONT, X-Request-Timeout-Ms, 200",
    "FRONT, x-envoy-expected-rq-timeout-ms, 200",
    "FRONT, grpc-timeout, 200m",
    "ORDERS, X-Request-Timeout-Ms, 200"
  })
  void report_deadline_504AndStatementGone(Hop hop, String header, String value) {
    Reply reply = ask( // else it may have been the default
        sooner -> sooner.took().compareTo(DEFAULT) < 0,
        () -> client(hop).get("/report?seconds=60", header, value));

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.type()).isEqualTo("application/problem+json");
    assertThat(reply.body())
        .contains("\"status\":504", "\"title\":\"Gateway Timeout\"", "\"instance\":\"/report\"");
    assertThat(reply.took()).isBetween(Duration.ofMillis(199), DEFAULT);
    assertThat(awaitStatements(orders, 0, STUCK)).isZero();
  }

  @Test
  void place_deadlineInTheTransaction_leavesNothing() {
    String before = count();

    Reply reply =
        orders.post("/orders?item=cut&seconds=60", Duration.ofMillis(200)).join();

    assertThat(reply.status()).isEqualTo(504);
    assertThat(awaitStatements(orders, 0, STUCK)).isZero();
    assertThat(count()).isEqualTo(before);
  }

  private String count() {
    return orders.get("/orders/count", TIMEOUT, LONG_ENOUGH_MILLIS).join().body();
  }

  @Test
  void place_inTime_orderAndEntryThere() {
    Reply reply = orders.post("/orders?item=lamp", STUCK).join();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains("\"item\":\"lamp\"");
    assertThat(orders.get("/ledger", TIMEOUT, LONG_ENOUGH_MILLIS).join().body()).contains("placed");
  }

  @Test
  void report_noHeader_defaultDeadline() {
    Reply reply = front.get("/report?seconds=60").join();

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.took()).isGreaterThan(DEFAULT.minusMillis(1));
  }

  @Test
  void report_deadline_shrinksFromHopToHop() throws IOException {
    Socket report = front.open("/report?seconds=600", TIMEOUT, LONG_ENOUGH_MILLIS);
    try (report) {
      assertThat(awaitStatements(orders, 1, STUCK)).isEqualTo(1);

      InFlight second = requireNonNull(inFlight(orders, "GET /report"));
      InFlight first = requireNonNull(inFlight(front, "GET /report"));
      Duration third = leftOfCall(services.inventory());

      assertThat(List.of(first.deadlineFrom(), second.deadlineFrom())).containsOnly("header");
      assertThat(second.age()).isLessThanOrEqualTo(first.age());
      assertThat(second.budget())
          .isLessThanOrEqualTo(Duration.ofMillis(Long.parseLong(LONG_ENOUGH_MILLIS)));
      assertThat(third).isBetween(DEFAULT, second.budget().plusMillis(2));
    }
  }

  @Test
  void report_clientGone_bothRequestsTheCallAndTheStatementEnd() throws IOException {
    long atFront = ended(front, "client_gone");
    long atOrders = ended(orders, "client_gone");
    long atInventory = services.inventory().endedCalls("client_gone");
    Socket socket = front.open("/report?seconds=600", TIMEOUT, LONG_ENOUGH_MILLIS);
    assertThat(awaitStatements(orders, 1, STUCK)).isEqualTo(1);

    socket.close();

    assertThat(awaitStatements(orders, 0, STUCK)).isZero();
    assertThat(await(() -> ended(front, "client_gone") == atFront + 1, STUCK)).isTrue();
    assertThat(await(() -> ended(orders, "client_gone") == atOrders + 1, STUCK)).isTrue();
    assertThat(
            await(() -> services.inventory().endedCalls("client_gone") == atInventory + 1, STUCK))
        .isTrue();
  }

  @Test
  void ticks_noHeader_outliveTheDefaultDeadline() throws Exception {
    HttpRequest ticks = HttpRequest.newBuilder(URI.create(services.front().url() + "/ticks"))
        .timeout(STUCK)
        .build();
    long start = System.nanoTime();
    try (Stream<String> lines =
        HttpClient.newHttpClient().send(ticks, BodyHandlers.ofLines()).body()) {
      List<String> seen =
          lines.filter(line -> line.startsWith("data:")).limit(6).toList();

      assertThat(seen).containsExactly("data:0", "data:1", "data:2", "data:3", "data:4", "data:5");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(DEFAULT);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ticks_header_streamEndsCleanly(Hop hop) {
    Await.longEnough(1_200, millis -> {
      Reply reply = client(hop).get("/ticks", TIMEOUT, Long.toString(millis)).join();

      assertThat(reply.status()).isIn(200, 504);
      return reply.body().startsWith("data:0\n\ndata:1");
    });
  }

  @ParameterizedTest
  @EnumSource
  void actuator_requestInFlight_isShown(Hop hop) throws IOException {
    Socket report = front.open("/report?seconds=600", TIMEOUT, LONG_ENOUGH_MILLIS);
    try (report) {
      assertThat(awaitStatements(orders, 1, STUCK)).isEqualTo(1);

      Reply page = client(hop).get("/actuator/ctx4j", "Accept", "text/html").join();

      assertThat(page.status()).isEqualTo(200);
      assertThat(page.body()).contains("<h1>1 in flight</h1>", "GET /report");
    }
  }
}
