package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Wire;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

/** What a request says is the same below Spring's headers and in them. */
class RequestHeaderTest {
  private static final RequestHeader HEADER = new RequestHeader("X-Some");

  private final AtomicReference<@Nullable List<String>> found = new AtomicReference<>();
  private @Nullable Service service;

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  /** Starts a service whose handler looks at the request, which Tomcat uses again afterwards. */
  private Service start(
      Service.Server server, Function<ServerHttpRequest, List<String>> look, String... properties) {
    Service started = Service.start(server, properties).on("seen", request -> {
      found.set(look.apply(request.exchange().getRequest()));
      return ServerResponse.noContent().build();
    });
    service = started;
    return started;
  }

  private List<String> found(Service service, String... headers) throws Exception {
    found.set(null);
    assertThat(Wire.get(service.port, "/on/seen", headers).status()).isEqualTo(204);
    return Objects.requireNonNull(found.get());
  }

  private static List<String> lines(ServerHttpRequest request) {
    for (String name : List.of("X-Söme", "", "X-Some\n")) { // as somebody may have configured it
      assertThat(new RequestHeader(name).in(request)).as(name).isEmpty();
    }
    List<String> lines = HEADER.in(request);
    assertThat(lines).isEqualTo(request.getHeaders().getOrDefault(HEADER.name(), List.of()));
    return List.copyOf(lines);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("process")
  @DisplayName("W2 a header's lines are found on each server, whatever the case of its name")
  void lines_byServer_asSpringHasThem(Service.Server server) throws Exception {
    Service service = start(server, RequestHeaderTest::lines);
    assertThat(found(service)).isEmpty();
    assertThat(found(service, "X-Someone: 1", "X-Som: 2")).isEmpty();
    assertThat(found(service, "X-Some: 1")).containsExactly("1");
    assertThat(found(service, "x-sOME:")).containsExactly("");
    assertThat(found(service, "x-some: 1, 2", "Other: 3", "X-SOME: 4"))
        .containsExactly("1, 2", "4");
  }

  @Test
  @DisplayName("W2 a header's lines are found in HTTP/2")
  void lines_http2_asSpringHasThem() throws Exception {
    Service service = start(
        Service.Server.NETTY,
        request -> {
          assertThat(RequestHeader.isOfReactor(request)).isTrue();
          return lines(request);
        },
        "server.http2.enabled=true");
    HttpClient client = HttpClient.newBuilder().version(Version.HTTP_2).build();
    HttpRequest.Builder builder = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + service.port + "/on/seen"))
        .timeout(Duration.ofSeconds(60));
    client.send(builder.build(), BodyHandlers.discarding()); // upgrades
    HttpRequest request = builder.header("X-Some", "1").header("X-Some", "2").build();
    assertThat(client.send(request, BodyHandlers.discarding()).version()).isEqualTo(Version.HTTP_2);
    assertThat(found.get()).containsExactly("1", "2");
  }

  @Test
  @DisplayName("W2 only a request of reactor-netty that nobody has decorated is asked below Spring")
  void decorated_springAsked() throws Exception {
    Service service = start(Service.Server.NETTY, request -> {
      assertThat(RequestHeader.isOfReactor(request)).isTrue();
      ServerHttpRequest mutated = request.mutate().header("X-Some", "2").build();
      assertThat(RequestHeader.isOfReactor(mutated)).isFalse();
      return lines(mutated);
    });
    assertThat(found(service, "X-Some: 1")).containsExactly("2");
    MockServerHttpRequest mock =
        MockServerHttpRequest.get("/").header("X-Some", "3", "4").build();
    assertThat(lines(mock)).containsExactly("3", "4");
    assertThat(lines(new ServerHttpRequestDecorator(mock) {
          @Override
          public HttpHeaders getHeaders() {
            return new HttpHeaders();
          }
        }))
        .isEmpty();
  }

  @Test
  @DisplayName("W1 where there is no Netty, nothing of it is asked for")
  void withoutNetty_springAsked() throws Exception {
    URL here = RequestHeader.class.getProtectionDomain().getCodeSource().getLocation();
    try (var loader = new WithoutNetty(here)) {
      Class<?> type = loader.loadClass(RequestHeader.class.getName());
      assertThat(type).isNotSameAs(RequestHeader.class);
      var constructor = type.getDeclaredConstructor(String.class);
      constructor.setAccessible(true);
      var in = type.getDeclaredMethod("in", org.springframework.http.HttpRequest.class);
      in.setAccessible(true);
      MockServerHttpRequest mock =
          MockServerHttpRequest.get("/").header("X-Some", "5").build();
      assertThat(in.invoke(constructor.newInstance("x-some"), mock)).isEqualTo(List.of("5"));
    }
  }

  /** Loads this module anew, as if Netty were not on the class path. */
  private static final class WithoutNetty extends URLClassLoader {
    WithoutNetty(URL module) {
      super(new URL[] {module}, RequestHeaderTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.netty.") || name.startsWith("reactor.netty.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith(RequestHeader.class.getPackageName() + ".")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }
}
