package io.ctx4j.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the filter takes from a service's throughput when that has all it can do.
 *
 * <p>Two services ({@link SaturationServer}), one with the filter, one without, in processes of
 * their own with one event loop each; the load goes to them by turns, from one thread of this one,
 * over connections that always wait for a response. So the event loop is what is short. The turns
 * are short and many, since a machine that is shared is slower for seconds at a time: two that are
 * beside each other are compared. And there are some rounds, with new processes, since two of the
 * same program are compiled differently and differ by some percent. Prints a line of a name and a
 * number for each turn: nanoseconds for a request, and of the service's CPU time.
 */
final class Saturation {
  private static final String RAW = "request:RAW";
  private static final String BIND = "request:BIND";
  private static final int CONNECTIONS = 32;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int ROUNDS = 6;
  private static final int TURNS = 30;
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Saturation() {}

  public static void main(String[] args) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      try (var without = new Service("");
          var with = new Service(SaturationServer.FILTERED)) {
        without.load(WARM_UP_NANOS);
        with.load(WARM_UP_NANOS);
        for (int i = 0; i < TURNS; i++) { // each of the two is first as often as the other
          if (i % 2 == 0) {
            measure(without, RAW);
            measure(with, BIND);
          } else {
            measure(with, BIND);
            measure(without, RAW);
          }
        }
      }
    }
  }

  private static void measure(Service service, String name) throws IOException {
    long start = System.nanoTime();
    Duration before = service.cpu();
    long requests = service.load(TURN_NANOS);
    Duration cpu = service.cpu().minus(before);
    System.out.println(name + ' ' + (double) (System.nanoTime() - start) / requests);
    System.out.println(Figures.cpu(name) + ' ' + (double) cpu.toNanos() / requests);
  }

  /** A service in a process of its own, and the connections to it. */
  private static final class Service implements AutoCloseable {
    private final Process process;
    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();

    Service(String argument) throws IOException {
      process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xms512m",
              "-Xmx512m",
              "-XX:+AlwaysPreTouch",
              "-cp",
              System.getProperty("java.class.path"),
              SaturationServer.class.getName(),
              argument)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      @SuppressWarnings("resource") // ends with the process
      BufferedReader output = process.inputReader(US_ASCII);
      var address = new InetSocketAddress(
          InetAddress.getLoopbackAddress(), Integer.parseInt(output.readLine()));
      for (int i = 0; i < CONNECTIONS; i++) {
        connections.add(new Connection(address, selector));
      }
    }

    Duration cpu() {
      return process.info().totalCpuDuration().orElseThrow();
    }

    /** Keeps all connections busy for so long. */
    long load(long nanos) throws IOException {
      long start = System.nanoTime();
      for (Connection connection : connections) {
        connection.send();
      }
      long responses = 0;
      int waiting = connections.size();
      while (waiting > 0) {
        long now = awaitResponse();
        boolean more = now - start < nanos;
        for (SelectionKey key : selector.selectedKeys()) {
          var connection = (Connection) key.attachment();
          if (connection.isAnswered()) {
            responses++;
            if (more) {
              connection.send();
            } else {
              waiting--;
            }
          }
        }
        selector.selectedKeys().clear();
      }
      return responses;
    }

    /**
     * Does not sleep: to wake this thread would be the service's work, the more of it the slower it
     * is.
     */
    private long awaitResponse() throws IOException {
      long start = System.nanoTime();
      long now = start;
      while (selector.selectNow() == 0) {
        now = System.nanoTime();
        if (now - start > STUCK_NANOS) {
          throw new IOException("no response");
        }
      }
      return now;
    }

    @Override
    public void close() throws IOException {
      for (Connection connection : connections) {
        connection.channel.close();
      }
      selector.close();
      process.getOutputStream().close();
      try {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
      }
    }
  }

  /** One request at a time. */
  private static final class Connection {
    private static final byte[] REQUEST =
        "GET /orders/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"
            .getBytes(US_ASCII);

    private static final Pattern LENGTH = Pattern.compile(
        "HTTP/1.1 200 .*\r\ncontent-length: (\\d+)\r\n.*",
        Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private static final String END_OF_HEAD = "\r\n\r\n";

    private final SocketChannel channel;
    private final ByteBuffer request = ByteBuffer.wrap(REQUEST);
    private final ByteBuffer response = ByteBuffer.allocate(4096);

    /** How long every response is: as the first, since all are the same. */
    private int length;

    Connection(InetSocketAddress address, Selector selector) throws IOException {
      channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    void send() throws IOException {
      request.rewind();
      response.clear();
      while (request.hasRemaining()) {
        channel.write(request);
      }
    }

    /** Reads what has come; whether that is all of the response. */
    boolean isAnswered() throws IOException {
      if (channel.read(response) < 0) {
        throw new IOException("closed by the service");
      }
      if (length == 0) {
        length = length();
      }
      return response.position() == length;
    }

    private int length() throws IOException {
      String text = new String(response.array(), 0, response.position(), US_ASCII);
      int end = text.indexOf(END_OF_HEAD);
      if (end < 0) {
        return 0;
      }
      Matcher head = LENGTH.matcher(text);
      if (!head.matches()) {
        throw new IOException("unexpected: " + text);
      }
      return end + END_OF_HEAD.length() + Integer.parseInt(head.group(1));
    }
  }
}
