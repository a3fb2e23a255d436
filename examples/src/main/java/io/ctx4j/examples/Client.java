package io.ctx4j.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Talks to a service as anybody would, over HTTP on the loopback interface. */
final class Client {

  static final String TIMEOUT = "X-Request-Timeout-Ms";

  /** Only so that nobody waits for ever where the service is broken. */
  private static final Duration STUCK = Duration.ofSeconds(20);

  /** Few threads of its own: client and service share a machine. */
  private final HttpClient http = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .executor(Executors.newFixedThreadPool(2, Client::daemon))
      .build();

  private final int port;

  Client(int port) {
    this.port = port;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "client");
    thread.setDaemon(true);
    return thread;
  }

  /** Sends a GET; without a deadline the service's default counts. */
  CompletableFuture<Reply> get(String path, @Nullable Duration deadline) {
    return deadline == null ? get(path) : get(path, TIMEOUT, Long.toString(deadline.toMillis()));
  }

  CompletableFuture<Reply> get(String path, String... headers) {
    return send(request(path, headers));
  }

  /** Sends a POST without a body. */
  CompletableFuture<Reply> post(String path, Duration deadline) {
    return send(request(path, TIMEOUT, Long.toString(deadline.toMillis()))
        .POST(HttpRequest.BodyPublishers.noBody()));
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(STUCK);
    return headers.length > 0 ? request.headers(headers) : request;
  }

  private CompletableFuture<Reply> send(HttpRequest.Builder request) {
    long start = System.nanoTime();
    return http.sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(response -> new Reply(
            response.statusCode(),
            response.headers().firstValue("Content-Type").orElse(""),
            response.body(),
            Duration.ofNanos(System.nanoTime() - start)));
  }

  /** Sends a GET over a connection of its own, to be closed before the answer is there. */
  Socket open(String path, String... headers) throws IOException {
    StringBuilder more = new StringBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      more.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket
        .getOutputStream()
        .write("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n"
            .formatted(path, more)
            .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }
}
