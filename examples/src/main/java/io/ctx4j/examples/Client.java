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

/** Talks to the service as anybody would, over HTTP on the loopback interface. */
final class Client {

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
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(STUCK);
    if (deadline != null) {
      request.header(RequestTimeout.HEADER, Long.toString(deadline.toMillis()));
    }
    long start = System.nanoTime();
    return http.sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(response -> new Reply(
            response.statusCode(), response.body(), Duration.ofNanos(System.nanoTime() - start)));
  }

  /** How many statements of the service run in the database now. */
  int statements() {
    return Integer.parseInt(get("/queries", null).join().body());
  }

  /** Asks until so many statements run; returns how many do at last. */
  int awaitStatements(int expected, Duration limit) {
    long start = System.nanoTime();
    int running = statements();
    while (running != expected && System.nanoTime() - start < limit.toNanos()) {
      running = statements();
    }
    return running;
  }

  /** Sends a GET over a connection of its own, to be closed before the answer is there. */
  Socket open(String path) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket
        .getOutputStream()
        .write("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            .formatted(path)
            .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }
}
