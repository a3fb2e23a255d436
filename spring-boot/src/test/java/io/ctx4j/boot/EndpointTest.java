package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Browser;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import io.ctx4j.webflux.CtxWeb;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The meters, the endpoint and its page. */
class EndpointTest {
  private static Service service;

  @BeforeAll
  static void start() {
    service = Service.start(
        "ctx4j.web.default-timeout=100s",
        "ctx4j.web.max-timeout=200s",
        "ctx4j.web.routes[0].path=/on/own",
        "ctx4j.web.routes[0].timeout=50s",
        "ctx4j.web.routes[1].path=/on/free",
        "ctx4j.web.routes[1].timeout=none");
    service.on("never", request -> Mono.never());
    service.on("own", request -> Mono.never());
    service.on("free", request -> Mono.never());
    service.on(
        "below",
        request ->
            Mono.never().transform(CtxOps.withTimeout(Duration.ofMinutes(1))).then(Mono.empty()));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
  }

  private static void live(int count) {
    Await.until(
        () -> service.live().size() == count, () -> "live: " + service.live().size());
  }

  /** So many, and their handlers have been found. */
  private static void matched(int count) {
    live(count);
    Await.until(
        () -> report().exchanges().stream().noneMatch(row -> row.route().equals("unmatched")),
        () -> "unmatched: " + report());
  }

  private static CtxReport report() {
    return CtxReport.of(service.live(), CtxReport.LIMIT);
  }

  private static long count(String outcome, boolean committed) {
    return service
        .bean(MeterRegistry.class)
        .get("ctx4j.requests")
        .tag("outcome", outcome)
        .tag("committed", Boolean.toString(committed))
        .timer()
        .count();
  }

  @Test
  @DisplayName(
      "W8 each exchange in flight is shown by route, age, time left, source and tree; never by its path")
  void endpoint_json_liveExchanges() throws IOException {
    try (Wire one = Wire.open(service.port).send("GET", "/annotated/never/secret-id");
        Wire two =
            Wire.open(service.port).send("GET", "/on/never", "X-Request-Timeout-Ms: 20000")) {
      matched(2);
      Answer answer = Wire.get(service.port, "/actuator/ctx4j", "Accept: application/json");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body())
          .startsWith(
              "{\"live\":2,\"routes\":[{\"route\":\"GET /annotated/never/{id}\",\"live\":1,")
          .contains(
              "\"exchanges\":[{\"route\":\"GET /on/{name}\",",
              "\"oldestMillis\":",
              "\"soonestMillis\":",
              "\"route\":\"GET /annotated/never/{id}\"",
              "\"deadlineFrom\":\"header\"",
              "\"deadlineFrom\":\"default\"",
              "\"ageMillis\":",
              "\"leftMillis\":",
              "\"contexts\":0",
              ".named(request)")
          .doesNotContain("secret-id", "actuator");
      assertThat(one.socket.isConnected() && two.socket.isConnected()).isTrue();
    }
  }

  @Test
  @DisplayName("W8 those that end first come first, and what has no deadline comes last")
  void endpoint_order_byTimeLeft() throws IOException {
    try (Wire free = Wire.open(service.port).send("GET", "/on/free");
        Wire usual = Wire.open(service.port).send("GET", "/on/below");
        Wire own = Wire.open(service.port).send("GET", "/on/own");
        Wire asked =
            Wire.open(service.port).send("GET", "/on/never", "X-Request-Timeout-Ms: 500000");
        Wire soon =
            Wire.open(service.port).send("GET", "/on/never", "X-Request-Timeout-Ms: 20000")) {
      matched(5);
      Await.until(
          () -> report().exchanges().stream().anyMatch(row -> row.contexts() == 1),
          () -> "none below: " + report());
      List<CtxReport.Row> rows = report().exchanges();
      assertThat(rows)
          .extracting(CtxReport.Row::deadlineFrom)
          .containsExactly("header", "route", "default", "header", "none");
      assertThat(rows).extracting(CtxReport.Row::contexts).containsExactly(0, 0, 1, 0, 0);
      assertThat(rows.get(4).leftMillis()).isNull();
      assertThat(CtxPage.of(report()))
          .containsSubsequence(
              ">header</td>",
              ">route</td>",
              ">default</td>",
              ".withDeadline(",
              ">header</td>",
              ">none</td>");
      assertThat(List.of(free, usual, own, asked, soon)).noneMatch(wire -> wire.socket.isClosed());
    }
  }

  @Test
  @DisplayName(
      "W8 all are counted by route, fifty are shown one by one, or as many as are asked for")
  void endpoint_manyExchanges_summaryAndSoonest() throws IOException {
    List<Wire> wires = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        wires.add(Wire.open(service.port)
            .send("GET", "/on/never", "X-Request-Timeout-Ms: " + (150_000 - 1_000 * i)));
      }
      wires.add(Wire.open(service.port).send("GET", "/annotated/never/1"));
      matched(61);
      CtxReport report = report();
      assertThat(report.live()).isEqualTo(61);
      assertThat(report.routes())
          .extracting(CtxReport.Route::route)
          .containsExactly("GET /on/{name}", "GET /annotated/never/{id}");
      CtxReport.Route first = report.routes().get(0);
      assertThat(first.live()).isEqualTo(60);
      assertThat(first.soonestMillis())
          .isEqualTo(report.exchanges().stream()
              .filter(row -> row.route().equals(first.route()))
              .map(CtxReport.Row::leftMillis)
              .min(Comparator.naturalOrder())
              .orElseThrow());
      assertThat(report.exchanges()).hasSize(50);
      assertThat(report.exchanges())
          .extracting(CtxReport.Row::leftMillis)
          .isSortedAccordingTo(Comparator.naturalOrder());
      assertThat(rows("?limit=3")).isEqualTo(3);
      assertThat(rows("?limit=0")).isZero();
      assertThat(rows("?limit=1000")).isEqualTo(61);
      assertThat(rows("")).isEqualTo(50);
      assertThat(CtxPage.of(report)).contains("the 50 that end soonest", "… 11 more exchanges");
    } finally {
      for (Wire wire : wires) {
        wire.close();
      }
    }
  }

  private static int rows(String query) throws IOException {
    Answer answer = Wire.get(service.port, "/actuator/ctx4j" + query, "Accept: application/json");
    assertThat(answer.status()).isEqualTo(200);
    return new ObjectMapper().readTree(answer.body()).get("exchanges").size();
  }

  @Test
  @DisplayName("W8 a tree has at most twenty lines, and says how many it leaves out")
  void report_wideTree_shortened() {
    CancelCtx root = Ctx.background().withCancel();
    List<CancelCtx> below = Stream.generate(root::withCancel).limit(1_000).toList();
    assertThat(below).hasSize(1_000);
    var live = new LiveExchanges();
    live.add(new Fixed("GET", root));
    CtxReport.Row row = CtxReport.of(live, 1).exchanges().get(0);
    assertThat(row.contexts()).isEqualTo(1_000);
    assertThat(row.tree()).hasSize(20);
    assertThat(row.tree().get(19)).isEqualTo("… 982 more");
    root.cancel();
  }

  @Test
  @DisplayName("W8 a page stays under 64 KB, whatever names and routes the application has")
  void page_anything_under64KilobytesAndWhole() {
    String euros = "€".repeat(1_000);
    List<CtxReport.Row> rows = new ArrayList<>();
    List<CtxReport.Route> routes = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      routes.add(new CtxReport.Route("GET /" + i + euros.substring(i % 900), 1, 1, null));
    }
    for (int i = 0; i < 50; i++) {
      rows.add(new CtxReport.Row(
          "GET /" + i, 1, 1L, "header", 1_000, Collections.nCopies(20, "<&>" + euros)));
    }
    String page = CtxPage.of(new CtxReport(5_000, routes, rows));
    assertThat(page.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(64 * 1024);
    assertThat(page).contains(" more routes", " more exchanges").endsWith("</html>\n");
    assertThat(page.split("<tr>", -1)).hasSameSizeAs(page.split("</tr>", -1));
  }

  @Test
  @DisplayName("W8 what all trees begin with is left out of the page")
  void page_commonBeginning_leftOut() {
    var row = new CtxReport.Row(
        "GET /",
        1,
        null,
        "none",
        0,
        List.of("background.named(application).withCancel.named(request).withCancel"));
    assertThat(page(row)).contains("<pre>request.withCancel</pre>").doesNotContain("application");
  }

  /** An exchange that is not one. */
  private record Fixed(String method, CancelCtx ctx) implements LiveExchange {
    @Override
    public ServerWebExchange exchange() {
      return MockServerWebExchange.from(
          MockServerHttpRequest.method(HttpMethod.valueOf(method), "/"));
    }

    @Override
    public long ageMillis() {
      return 1;
    }

    @Override
    public @Nullable Long leftMillis() {
      return null;
    }

    @Override
    public Source source() {
      return Source.NONE;
    }

    @Override
    public List<Ctx> own() {
      return List.of(ctx);
    }

    @Override
    public void endStream(Throwable cause) {}
  }

  @Test
  @DisplayName("W8 a browser gets a page that holds no script, and refreshes itself, if not paused")
  void endpoint_html_page() throws IOException {
    try (Wire one = Wire.open(service.port)
        .send("GET", "/annotated/never/%3Cscript%3Ealert(1)%3C%2Fscript%3E")) {
      matched(1);
      Answer answer = Wire.get(
          service.port,
          "/actuator/ctx4j",
          "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8");
      assertThat(answer.header("content-type")).isEqualTo("text/html;charset=UTF-8");
      assertThat(answer.body())
          .contains(
              "<meta http-equiv=\"refresh\" content=\"1\">",
              "GET /annotated/never/{id}",
              "<a href=\"?pause=true\">",
              "<h1>1 in flight</h1>")
          .doesNotContain("<script", "alert");
      assertThat(Wire.get(service.port, "/actuator/ctx4j?pause=true", "Accept: text/html")
              .body())
          .contains("<a href=\"?\">", "<h1>1 in flight</h1>")
          .doesNotContain("http-equiv");
      assertThat(one.socket.isConnected()).isTrue();
    }
  }

  @Test
  @DisplayName("W8 the page says of a deadline what people read")
  void page_deadlines_withoutTheirFractions() {
    var tree = List.of(
        "background.withDeadline(2030-01-01T00:00:00.123456789Z [1m38.543210987s]).named(a.5s)",
        "  .withDeadline(2030-01-01T00:00:00Z [12s])",
        "  .withDeadline(2030-01-01T00:00:00.5Z [0.000123s])",
        "  .named(a.5s).withCancel [46.457562421s]");
    var row = new CtxReport.Row("GET /", 3_000, 1_000L, "header", 2, tree);
    assertThat(page(row))
        .contains(
            ">background.withDeadline(2030-01-01T00:00:00Z [1m38.5s]).named(a.5s)</summary>",
            "<pre>  .withDeadline(2030-01-01T00:00:00Z [12s])\n",
            "\n  .withDeadline(2030-01-01T00:00:00Z [0.0s])\n",
            "\n  .named(a.5s).withCancel [46.4s]\n</pre>",
            ">1.0 s<meter value=\"0.25\" low=\"0.1\" high=\"0.3\" optimum=\"1\"></meter>");
  }

  @Test
  @DisplayName("W8 everything on the page is escaped")
  void page_anyText_escaped() {
    var row =
        new CtxReport.Row("<b>\"'&", 1, null, "none", 0, List.of("<script>alert(1)</script>"));
    assertThat(page(row))
        .contains("&lt;b&gt;&quot;&#39;&amp;", "&lt;script&gt;alert(1)&lt;/script&gt;")
        .doesNotContain("<script", "<b>");
  }

  @Test
  @Tag("process")
  @DisplayName("W8 the page in a real browser: every exchange, those that end first come first")
  void page_chromium_rendered(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("dom.html");
    try (Wire usual = Wire.open(service.port).send("GET", "/annotated/never/1");
        Wire soon =
            Wire.open(service.port).send("GET", "/on/never", "X-Request-Timeout-Ms: 80000")) {
      matched(2);
      try (Browser browser = Browser.open(chromium(), folder, out, "--dump-dom", page())) {
        assertThat(browser.hasEnded()).isTrue();
      }
      assertThat(List.of(usual, soon)).noneMatch(wire -> wire.socket.isClosed());
    }
    assertThat(Files.readString(out, StandardCharsets.UTF_8))
        .contains("<h1>2 in flight</h1>")
        .containsSubsequence(
            "<td>GET /on/{name}</td>",
            "<h2>",
            "<td>GET /on/{name}</td>",
            "<meter value=\"0.",
            ">header</td>",
            "<td>GET /annotated/never/{id}</td>",
            ">default</td>",
            "</html>");
  }

  @ParameterizedTest
  @CsvSource({"5, red", "20, yellow", "90, green"})
  @Tag("process")
  @DisplayName("W8 in a real browser what is left of a deadline is red where it is little")
  void page_chromium_meterInColor(int percent, String color, @TempDir Path folder)
      throws Exception {
    var row =
        new CtxReport.Row("GET /", 100 - percent, (long) percent, "header", 0, List.of("request"));
    Path page = folder.resolve("page.html");
    Path picture = folder.resolve("page.png");
    Files.writeString(page, CtxPage.paused(new CtxReport(1, List.of(), List.of(row))));
    try (Browser browser = Browser.open(
        chromium(),
        folder,
        folder.resolve("out"),
        "--screenshot=" + picture,
        "--window-size=1200,400",
        page.toUri().toString())) {
      assertThat(browser.hasEnded()).isTrue();
    }
    assertThat(colors(ImageIO.read(picture.toFile()))).containsExactly(color);
  }

  /** Those that are not merely the edge of a letter; all else on the page is grey. */
  private static Set<String> colors(BufferedImage picture) {
    Map<String, Integer> counts = new TreeMap<>();
    for (int x = 0; x < picture.getWidth(); x++) {
      for (int y = 0; y < picture.getHeight(); y++) {
        var pixel = new Color(picture.getRGB(x, y));
        float[] hsb = Color.RGBtoHSB(pixel.getRed(), pixel.getGreen(), pixel.getBlue(), null);
        if (hsb[1] > 0.6) {
          float degrees = hsb[0] * 360;
          String name = degrees < 30 || degrees > 330
              ? "red"
              : degrees < 70 ? "yellow" : degrees < 170 ? "green" : "blue";
          counts.merge(name, 1, Integer::sum);
        }
      }
    }
    counts.values().removeIf(pixels -> pixels < 10);
    return counts.keySet();
  }

  @Test
  @Tag("process")
  @DisplayName("W8 the page refreshes itself in a real browser")
  void page_chromium_refreshed(@TempDir Path folder) throws Exception {
    long before = pages();
    try (Browser browser = Browser.open(
        chromium(), folder, folder.resolve("out"), "--remote-debugging-port=0", page())) {
      Await.until(() -> pages() >= before + 3, () -> "shown: " + (pages() - before));
      assertThat(browser).isNotNull();
    }
  }

  private static String page(CtxReport.Row row) {
    return CtxPage.of(new CtxReport(1, List.of(), List.of(row)));
  }

  private static String chromium() {
    var chromium = Browser.installed();
    assumeTrue(
        chromium.isPresent(),
        "no chromium or google-chrome here: the page was not looked at in a browser");
    return chromium.get();
  }

  private static String page() {
    return "http://127.0.0.1:" + service.port + "/actuator/ctx4j";
  }

  /** How often the page was asked for. */
  private static long pages() {
    return service
        .bean(MeterRegistry.class)
        .find("http.server.requests")
        .tag("uri", "/actuator/ctx4j")
        .timers()
        .stream()
        .mapToLong(Timer::count)
        .sum();
  }

  @Test
  @DisplayName("W2 the actuator has no deadline and is not in its own tree")
  void actuator_header_ignored() throws IOException {
    Answer answer = Wire.get(service.port, "/actuator/ctx4j", "X-Request-Timeout-Ms: 0");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"live\":0,\"routes\":[],\"exchanges\":[]}");
    assertThat(Wire.get(service.port, "/actuatorx", "X-Request-Timeout-Ms: 0").status())
        .isEqualTo(504);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator",
        "/actuator/health",
        "/actuator/env/java.version",
        "/actuator/metrics/jvm.info"
      })
  @DisplayName("W2 every endpoint of the actuator is exempt")
  void actuator_endpoints_exempt(String path) throws IOException {
    assertThat(Wire.get(service.port, path, "X-Request-Timeout-Ms: 0").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/actuator/x", "/actuator/ctx4j/x", "/actuator/healthy", "/actuator/ctx4j%2F..%2Fx"
      })
  @DisplayName("W2 what merely lies under the actuator's path has its deadline")
  void actuator_underItsPath_504(String path) throws IOException {
    assertThat(Wire.get(service.port, path, "X-Request-Timeout-Ms: 0").status()).isEqualTo(504);
  }

  @Test
  @DisplayName("W2 nor has it on a port of its own")
  void actuator_ownPort_exempt() throws IOException {
    try (Service other = Service.start(
        "management.server.port=0",
        "management.server.address=127.0.0.1",
        // one server is enough
        "spring.autoconfigure.exclude="
            + "org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration,"
            + "org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyReactiveManagementContextAutoConfiguration")) {
      int port = other
          .context()
          .getEnvironment()
          .getRequiredProperty("local.management.port", Integer.class);
      Answer answer = Wire.get(port, "/actuator/ctx4j", "X-Request-Timeout-Ms: 0");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).startsWith("{\"live\":0");
      assertThat(
              Wire.get(other.port, "/actuator/ctx4j", "X-Request-Timeout-Ms: 0").status())
          .isEqualTo(504);
    }
  }

  @Test
  @DisplayName("W8 outcomes are counted, and whether the response had begun")
  void outcomes_counted() throws IOException {
    long completed = count("completed", true);
    long exceeded = count("deadline_exceeded", false);
    long gone = count("client_gone", false);
    long failed = count("error", false);
    long canceled = count("canceled", false);
    long aborted = count("deadline_exceeded", true);
    service.on("fails", request -> Mono.error(new IllegalArgumentException("no")));
    service.on("canceled", request -> {
      CancelCtx own = CtxWeb.ctx(request).withCancel();
      own.cancel();
      return Mono.error(own::err);
    });
    Wire.get(service.port, "/on/canceled");
    var tooShort = new AtomicInteger();
    Await.longEnough(2_000, millis -> {
      boolean begun =
          Wire.get(service.port, "/annotated/numbers", "X-Request-Timeout-Ms: " + millis)
                  .status()
              == 200;
      tooShort.addAndGet(begun ? 0 : 1);
      return begun;
    });
    Wire.get(service.port, "/ok");
    Wire.get(service.port, "/on/never", "X-Request-Timeout-Ms: 20");
    Wire.get(service.port, "/on/fails");
    Wire wire = Wire.open(service.port).send("GET", "/on/never");
    live(1);
    wire.reset();
    service.awaitNothingLeft();
    assertThat(count("client_gone", false)).isEqualTo(gone + 1);
    assertThat(count("completed", true)).isEqualTo(completed + 1);
    assertThat(count("deadline_exceeded", false)).isEqualTo(exceeded + 1 + tooShort.get());
    assertThat(count("error", false)).isEqualTo(failed + 1);
    assertThat(count("canceled", false)).isEqualTo(canceled + 1);
    assertThat(count("deadline_exceeded", true)).isEqualTo(aborted + 1);
  }

  @Test
  @DisplayName("W8 calls that were not made are counted")
  void skippedCall_counted() throws IOException {
    var counter = service.bean(MeterRegistry.class).get("ctx4j.client.skipped").counter();
    double before = counter.count();
    WebClient client = service.bean(WebClient.Builder.class).build();
    service.on("skips", request -> {
      CancelCtx own = CtxWeb.ctx(request).withCancel();
      own.cancel();
      return client
          .get()
          .uri("http://127.0.0.1:1/") // nobody is there, and nobody asks
          .retrieve()
          .bodyToMono(String.class)
          .contextWrite(CtxOps.put(own))
          .flatMap(text -> ServerResponse.ok().bodyValue(text));
    });
    assertThat(Wire.get(service.port, "/on/skips").status()).isEqualTo(503);
    assertThat(counter.count()).isEqualTo(before + 1);
  }

  @Test
  @DisplayName("W8 the JSON has these members and no others, and nobody can change anything by it")
  void endpoint_json_exactMembers() throws IOException {
    try (Wire never = Wire.open(service.port)) {
      never.send("GET", "/on/never");
      matched(1);
      Answer answer = Wire.get(service.port, "/actuator/ctx4j", "Accept: application/json");
      assertThat(answer.status()).isEqualTo(200);
      JsonNode json = new ObjectMapper().readTree(answer.body());
      assertThat(json.propertyNames()).containsExactlyInAnyOrder("live", "routes", "exchanges");
      assertThat(json.get("live").isIntegralNumber()).isTrue();
      assertThat(json.get("routes").get(0).propertyNames())
          .containsExactlyInAnyOrder("route", "live", "oldestMillis", "soonestMillis");
      assertThat(json.get("exchanges").get(0).propertyNames())
          .containsExactlyInAnyOrder(
              "route", "ageMillis", "leftMillis", "deadlineFrom", "contexts", "tree");
      for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
        try (Wire wire = Wire.open(service.port)) {
          assertThat(wire.send(method, "/actuator/ctx4j", "Content-Length: 0")
                  .read()
                  .status())
              .as(method)
              .isEqualTo(405);
        }
      }
      for (String limit : List.of("-1", "0", "2147483647")) {
        assertThat(Wire.get(service.port, "/actuator/ctx4j?limit=" + limit).status())
            .isEqualTo(200);
      }
      assertThat(Wire.get(service.port, "/actuator/ctx4j?limit=many").status()).isEqualTo(400);
      assertThat(service.live().size()).isEqualTo(1);
      assertThat(service.root().isDone()).isFalse();
    }
  }

  @Test
  @DisplayName("W8 malformed headers are counted by name")
  void malformed_counted() throws IOException {
    var counter = service
        .bean(MeterRegistry.class)
        .get("ctx4j.headers.malformed")
        .tag("header", "grpc-timeout")
        .counter();
    double before = counter.count();
    Wire.get(service.port, "/ok", "grpc-timeout: soon");
    assertThat(counter.count()).isEqualTo(before + 1);
  }

  @Test
  @DisplayName("W8 no request adds a meter: 1,000 different paths, methods and headers")
  void meters_strangeRequests_fixedSet() throws IOException {
    MeterRegistry registry = service.bean(MeterRegistry.class);
    long before = ours(registry);
    service.on("any", request -> ServerResponse.ok().build());
    try (Wire wire = Wire.open(service.port)) {
      for (int i = 0; i < 1_000; i++) {
        Answer answer = wire.send(
                i % 3 == 0 ? "M" + i : "GET",
                "/on/" + i,
                "X-Request-Timeout-Ms: " + (i % 2 == 0 ? i + "x" : "100000"),
                "X-" + i + ": " + i)
            .read();
        assertThat(answer.status()).isIn(404, 405);
      }
    }
    assertThat(ours(registry)).isEqualTo(before);
    assertThat(registry.get("ctx4j.active").gauge().value()).isBetween(0.0, 1.0);
  }

  private static long ours(MeterRegistry registry) {
    return registry.getMeters().stream()
        .filter(meter -> meter.getId().getName().startsWith("ctx4j."))
        .count();
  }
}
