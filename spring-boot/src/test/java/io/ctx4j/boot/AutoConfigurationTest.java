package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.CtxClientFilter;
import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import io.ctx4j.webflux.spi.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class AutoConfigurationTest {
  private static final AutoConfigurations ALL = AutoConfigurations.of(
      CtxAutoConfiguration.class,
      CtxWebAutoConfiguration.class,
      CtxWebClientAutoConfiguration.class,
      CtxMetricsAutoConfiguration.class,
      CtxActuatorAutoConfiguration.class);

  private final ReactiveWebApplicationContextRunner web =
      new ReactiveWebApplicationContextRunner().withConfiguration(ALL);

  @Test
  @DisplayName("W1 the dependency is enough")
  void webApplication_nothingSet_everythingThere() {
    web.run(context -> assertThat(context)
        .hasNotFailed()
        .hasSingleBean(CtxWebFilter.class)
        .hasSingleBean(CtxClientFilter.class)
        .hasSingleBean(WebClientCustomizer.class)
        .hasSingleBean(CtxShutdown.class)
        .hasSingleBean(CtxWebShutdown.class)
        .hasSingleBean(WebFluxConfigurer.class)
        .hasBean("ctx4jRoot"));
  }

  @Test
  @DisplayName("W1 the root is not injected by type, and is not closed with the beans")
  void root_byType_notFound() {
    Ctx[] root = new Ctx[1];
    web.withBean(Wants.class)
        .run(context ->
            assertThat(context).getFailure().rootCause().hasMessageContaining("io.ctx4j.Ctx"));
    web.run(context -> {
      root[0] = (CancelCtx) context.getBean("ctx4jRoot");
      assertThat(root[0].isDone()).isFalse();
    });
    assertThat(Objects.requireNonNull(root[0].cause())).isInstanceOf(ShutdownException.class);
  }

  /** A service whose author took a Ctx for something that one injects. */
  static final class Wants {
    Wants(Ctx ctx) {
      ctx.throwIfDone();
    }
  }

  @Test
  @DisplayName("W1 it can be turned off, and the root is still there")
  void enabled_false_rootAlone() {
    web.withPropertyValues("ctx4j.web.enabled=false")
        .run(context -> assertThat(context)
            .doesNotHaveBean(CtxWebFilter.class)
            .doesNotHaveBean(CtxClientFilter.class)
            .hasBean("ctx4jRoot"));
    web.withPropertyValues("ctx4j.web.client.enabled=false")
        .run(context -> assertThat(context)
            .hasSingleBean(CtxWebFilter.class)
            .doesNotHaveBean(CtxClientFilter.class)
            .doesNotHaveBean(WebClientCustomizer.class));
  }

  @Test
  @DisplayName(
      "W1 outside of a reactive web application there is the root, and calls end with their context")
  void noWebApplication_rootAndClient() {
    Ctx[] root = new Ctx[1];
    new ApplicationContextRunner().withConfiguration(ALL).run(context -> {
      assertThat(context)
          .hasNotFailed()
          .doesNotHaveBean(CtxWebFilter.class)
          .hasSingleBean(CtxClientFilter.class);
      root[0] = (CancelCtx) context.getBean("ctx4jRoot");
      assertThat(root[0].isDone()).isFalse();
    });
    assertThat(root[0].cause()).isInstanceOf(ShutdownException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.micrometer",
        "org.springframework.boot.actuate",
        "org.springframework.boot.webclient",
        "reactor.netty",
        "io.micrometer,org.springframework.boot.actuate,org.springframework.boot.webclient,reactor.netty"
      })
  @DisplayName("W1 Micrometer, the actuator, Boot's WebClient and reactor-netty are optional, each")
  void optionalLibraries_absent_theirBeansToo(String packages) {
    List<String> absent = List.of(packages.split(",", -1));
    web.withPropertyValues("management.endpoints.web.exposure.include=*")
        .withClassLoader(new FilteredClassLoader(absent.toArray(String[]::new)))
        .run(context -> {
          assertThat(context).hasNotFailed().hasSingleBean(CtxWebFilter.class);
          assertThat(context.containsBean("ctx4jMeters"))
              .isEqualTo(!absent.contains("io.micrometer"));
          assertThat(context.containsBean("ctx4jEndpoint"))
              .isEqualTo(!absent.contains("org.springframework.boot.actuate"));
          assertThat(context.containsBean("ctx4jClientFilter"))
              .isEqualTo(!absent.contains("org.springframework.boot.webclient"));
        });
  }

  @Test
  @DisplayName(
      "W1 without any of them, and without Boot, the filters load and work as plain objects")
  void optionalLibraries_notOnTheClassPath_filtersWork() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = Path.of(entry).getFileName().toString();
      if (Stream.of("netty", "micrometer", "spring-boot").noneMatch(name::contains)) {
        path.add(Path.of(entry).toUri().toURL());
      }
    }
    try (var loader =
        new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      for (String absent : List.of(
          "reactor.netty.channel.ChannelOperations",
          "io.netty.channel.Channel",
          "io.micrometer.core.instrument.MeterRegistry",
          "org.springframework.boot.SpringApplication")) {
        assertThatThrownBy(() -> loader.loadClass(absent))
            .isInstanceOf(ClassNotFoundException.class);
      }
      var alone = (Callable<?>)
          loader.loadClass(Alone.class.getName()).getDeclaredConstructor().newInstance();
      assertThat(alone.call()).isEqualTo("504 GATEWAY_TIMEOUT, 200 OK");
    }
  }

  /** Runs where there is nothing but Spring: a request past its deadline, and a call. */
  public static final class Alone implements Callable<String> {
    /** For reflection. */
    public Alone() {}

    @Override
    public String call() {
      var settings =
          CtxWebSettings.builder().defaultTimeout(Duration.ofMillis(20)).build();
      var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
      new CtxWebFilter(Ctx.background(), settings)
          .filter(exchange, chained -> Mono.never())
          .block(Duration.ofSeconds(60));
      try (CancelCtx ctx = Ctx.background().withCancel()) {
        ClientRequest request = ClientRequest.create(
                HttpMethod.GET, URI.create("http://127.0.0.1/"))
            .build();
        ClientResponse response = new CtxClientFilter()
            .filter(
                request,
                told -> told.writeTo(
                        new MockClientHttpRequest(HttpMethod.GET, told.url()),
                        ExchangeStrategies.withDefaults())
                    .then(Mono.fromSupplier(
                        () -> ClientResponse.create(HttpStatus.OK).build())))
            .contextWrite(CtxOps.put(ctx))
            .block(Duration.ofSeconds(60));
        return exchange.getResponse().getStatusCode() + ", "
            + Objects.requireNonNull(response).statusCode();
      }
    }
  }

  @Test
  @DisplayName("W1 a filter of the application's own takes the place of ours")
  void ownFilter_present_backsOff() {
    var own = new CtxWebFilter(Ctx.background(), CtxWebSettings.builder().build());
    web.withBean("own", CtxWebFilter.class, () -> own)
        .run(context -> assertThat(context.getBean(CtxWebFilter.class)).isSameAs(own));
  }

  @Test
  @DisplayName("W1 W8 settings of the application's own count, also for what is counted")
  void ownSettings_malformedHeader_counted() {
    var settings = CtxWebSettings.builder().requestHeaders("X-Patience-Ms").build();
    web.withBean(CtxWebSettings.class, () -> settings)
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(context -> {
          var request = MockServerHttpRequest.get("/x").header("X-Patience-Ms", "soon");
          context
              .getBean(CtxWebFilter.class)
              .filter(MockServerWebExchange.from(request), chained -> Mono.empty())
              .block(Duration.ofSeconds(60));
          assertThat(context
                  .getBean(MeterRegistry.class)
                  .get("ctx4j.headers.malformed")
                  .tag("header", "X-Patience-Ms")
                  .counter()
                  .count())
              .isOne();
        });
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  @DisplayName("W6 W9 W11 settings of the application's own count for its calls, too")
  void ownSettings_mode_ofCallsToo(Mode mode) {
    var settings =
        CtxWebSettings.builder().mode(mode).requestHeaders("X-Patience-Ms").build();
    var other = mode == Mode.OBSERVE ? "enforce" : "observe";
    String told = mode == Mode.OBSERVE ? "inbound" : "a deadline";
    web.withConfiguration(AutoConfigurations.of(CtxGatewayAutoConfiguration.class))
        .withBean(CtxWebSettings.class, () -> settings)
        .withPropertyValues("ctx4j.web.mode=" + other)
        .run(context -> {
          assertThat(context).hasNotFailed().hasSingleBean(ProxiedCalls.class);
          assertThat(toldBy(context.getBean(CtxClientFilter.class))).isEqualTo(told);
        });
    new ApplicationContextRunner()
        .withConfiguration(ALL)
        .withBean(CtxWebSettings.class, () -> settings)
        .withPropertyValues("ctx4j.web.mode=" + other)
        .run(context ->
            assertThat(toldBy(context.getBean(CtxClientFilter.class))).isEqualTo(told));
  }

  /** What a call says whose request has an inbound copy. */
  private static String toldBy(CtxClientFilter filter) {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMinutes(5))) {
      var header = new AtomicReference<@Nullable String>();
      ClientRequest request = ClientRequest.create(HttpMethod.GET, URI.create("http://127.0.0.1/"))
          .header("X-Request-Timeout-Ms", "inbound")
          .build();
      filter
          .filter(request, told -> {
            header.set(told.headers().getFirst("X-Request-Timeout-Ms"));
            return Mono.just(ClientResponse.create(HttpStatus.OK).build());
          })
          .contextWrite(CtxOps.put(ctx))
          .block(Duration.ofSeconds(60));
      return Objects.requireNonNull(header.get()).replaceAll("[0-9]+", "a deadline");
    }
  }

  @Test
  @DisplayName("W1 W8 meters of the application's own take the place of Micrometer's")
  void ownMeters_present_backsOff() {
    List<String> headers = new ArrayList<>();
    Meters own = new Meters() {
      @Override
      public void headers(List<String> names) {
        headers.addAll(names);
      }
    };
    web.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withBean(Meters.class, () -> own)
        .run(context -> {
          assertThat(context).hasNotFailed().hasSingleBean(Meters.class);
          assertThat(headers)
              .containsExactly(
                  "X-Request-Timeout-Ms", "x-envoy-expected-rq-timeout-ms", "grpc-timeout");
        });
  }

  @Test
  @DisplayName("W2 every property can be set")
  void properties_allSet_bound() {
    web.withPropertyValues(
            "ctx4j.web.mode=observe",
            "ctx4j.web.default-timeout=2s",
            "ctx4j.web.max-timeout=10s",
            "ctx4j.web.request-headers=a,b",
            "ctx4j.web.malformed-deadline=reject",
            "ctx4j.web.error-rendering=delegate",
            "ctx4j.web.shutdown=immediate",
            "ctx4j.web.routes[0].path=/x/**",
            "ctx4j.web.routes[0].timeout=none",
            "ctx4j.web.routes[0].max-timeout=3s",
            "ctx4j.web.routes[0].stream=true",
            "ctx4j.web.routes[1].path=/y",
            "ctx4j.web.stream-timeout=7s",
            "ctx4j.web.client.hosts=orders,stock")
        .run(context -> assertThat(context.getBean(CtxWebProperties.class).toString())
            .contains(
                "OBSERVE",
                "PT2S",
                "PT10S",
                "[a, b]",
                "REJECT",
                "DELEGATE",
                "IMMEDIATE",
                "/x/**",
                "none",
                "maxTimeout=PT3S, stream=true",
                "path=/y, timeout=null, maxTimeout=null, stream=false",
                "PT7S",
                "[orders, stock]"));
  }

  @Test
  @DisplayName("W2 a timeout that is none fails at the start, and says which")
  void properties_wrong_failsAtStart() {
    web.withPropertyValues("ctx4j.web.default-timeout=-1s")
        .run(context -> assertThat(context)
            .getFailure()
            .rootCause()
            .hasMessageContaining("ctx4j.web.default-timeout"));
    for (String timeout : new String[] {"soon", "-1s", "0", "99999999999999999999s", "1 s 2"}) {
      web.withPropertyValues(
              "ctx4j.web.routes[0].path=orders/{id}", "ctx4j.web.routes[0].timeout=" + timeout)
          .run(context -> assertThat(causes(context.getStartupFailure()))
              .contains("ctx4j.web.routes[")
              .contains("orders/{id}].timeout"));
    }
    web.withPropertyValues("ctx4j.web.routes[0].path=/orders/{id")
        .run(context -> assertThat(causes(context.getStartupFailure()))
            .contains("ctx4j.web.routes[/orders/{id].path"));
    web.withPropertyValues("ctx4j.web.request-headers=X-Timeout,X Budget")
        .run(context -> assertThat(causes(context.getStartupFailure()))
            .contains("ctx4j.web.request-headers", "\"X Budget\""));
  }

  @ParameterizedTest
  @CsvSource({
    "default-timeout, 0",
    "default-timeout, -2s",
    "default-timeout, PT",
    "default-timeout, 99999999999999999999s",
    "max-timeout, 0s",
    "max-timeout, PT-1S",
    "max-timeout, 5 minutes",
    "stream-timeout, 0ms",
    "stream-timeout, -P1D",
    "routes[0].max-timeout, 0",
    "routes[0].max-timeout, none",
    "routes[0].stream, perhaps",
    "mode, off",
    "malformed-deadline, 400",
    "error-rendering, html",
    "shutdown, never",
    "request-headers, 'X-Timeout,,grpc-timeout:'",
    "client.enabled, maybe",
  })
  @DisplayName("W3 what a property cannot mean fails at the start, and the message says which")
  void property_wrong_failsAtStartAndIsNamed(String name, String value) {
    web.withPropertyValues("ctx4j.web.routes[0].path=/x", "ctx4j.web." + name + "=" + value)
        .run(context -> assertThat(
                causes(Objects.requireNonNull(context.getStartupFailure(), "it starts")))
            .contains("ctx4j.web." + name.replaceAll("0].*", ""), name.replaceAll("^.*\\.", "")));
  }

  @Test
  @DisplayName(
      "W2 properties as they may be written: by case, by underscores, from the environment")
  void properties_relaxed_bound() {
    web.withPropertyValues(
            "ctx4j.web.defaultTimeout=2s",
            "ctx4j.web.MAX_TIMEOUT=10000",
            "ctx4j.web.mode=Observe",
            "ctx4j.web.shutdown=afterGrace",
            "ctx4j.web.request-headers=",
            "ctx4j.web.routes[0].path=/x",
            "ctx4j.web.routes[0].timeout= NONE ",
            "ctx4j.web.routes[0].maxTimeout=5ms")
        .run(context -> {
          CtxWebProperties properties = context.getBean(CtxWebProperties.class);
          assertThat(properties.defaultTimeout()).isEqualTo(Duration.ofSeconds(2));
          assertThat(properties.maxTimeout()).isEqualTo(Duration.ofSeconds(10));
          assertThat(properties.mode()).isEqualTo(Mode.OBSERVE);
          assertThat(properties.shutdown()).isEqualTo(CtxWebProperties.Shutdown.AFTER_GRACE);
          assertThat(properties.requestHeaders()).isEmpty();
          assertThat(properties.routes().get(0).maxTimeout()).isEqualTo(Duration.ofMillis(5));
          assertThat(context.getBean(CtxWebSettings.class).requestHeaders()).isEmpty();
        });
  }

  private static String causes(@Nullable Throwable failure) {
    var texts = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      texts.append(cause.getMessage()).append('\n');
    }
    return texts.toString();
  }

  @Test
  @DisplayName("W3 a default above the maximum fails at the start, and so does a route's timeout")
  void properties_aboveMaximum_failsAtStart() {
    web.withPropertyValues("ctx4j.web.default-timeout=5s", "ctx4j.web.max-timeout=3s")
        .run(context -> assertThat(context)
            .getFailure()
            .rootCause()
            .hasMessageContainingAll("ctx4j.web.default-timeout", "ctx4j.web.max-timeout"));
    web.withPropertyValues(
            "ctx4j.web.max-timeout=3s",
            "ctx4j.web.routes[0].path=/x",
            "ctx4j.web.routes[0].timeout=5s")
        .run(context -> assertThat(context)
            .getFailure()
            .rootCause()
            .hasMessageContainingAll("routes[/x].timeout", "ctx4j.web.max-timeout"));
  }

  @Test
  @DisplayName("W7 W9 what is not set: graceful, enforce, the client")
  void properties_nothingSet_defaults() {
    web.run(context -> {
      CtxWebProperties properties = context.getBean(CtxWebProperties.class);
      assertThat(properties.shutdown()).isEqualTo(CtxWebProperties.Shutdown.GRACEFUL);
      assertThat(properties.mode()).hasToString("ENFORCE");
      assertThat(properties.client().enabled()).isTrue();
      assertThat(properties.defaultTimeout()).isNull();
      assertThat(properties.maxTimeout()).isNull();
      assertThat(properties.streamTimeout()).isNull();
    });
  }

  @Test
  @DisplayName("W1 every property is in the metadata, with a description")
  void metadata_properties_described() throws IOException {
    Set<String> names = new TreeSet<>();
    try (InputStream file =
        Objects.requireNonNull(CtxWebAutoConfiguration.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json"))) {
      for (JsonNode property : new ObjectMapper().readTree(file).get("properties")) {
        String name = property.get("name").asString();
        names.add(name);
        assertThat(property.path("description").asString(""))
            .as(name)
            .endsWith(".")
            .hasSizeGreaterThan(15);
      }
    }
    names.removeIf(name -> name.startsWith("management.")); // Boot's, of every endpoint
    Set<String> expected = properties("ctx4j.web.", CtxWebProperties.class);
    expected.addAll(properties("ctx4j.r2dbc.", CtxR2dbcProperties.class));
    expected.addAll(properties("ctx4j.grpc.", CtxGrpcProperties.class));
    assertThat(names).isEqualTo(expected);
  }

  /** Each component of the records, as it is written in a file. */
  private static Set<String> properties(String prefix, Class<?> type) {
    Set<String> names = new TreeSet<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name =
          prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      if (component.getType().isRecord()) {
        names.addAll(properties(name + ".", component.getType()));
      } else {
        names.add(name);
      }
    }
    return names;
  }
}
