package io.ctx4j.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client that is nothing but a socket: it sees what is on the wire, and misbehaves at will. */
public final class Wire implements AutoCloseable {
  private static final int GUARD_MILLIS = 60_000;

  public final Socket socket;
  private final InputStream in;
  private boolean head;

  private Wire(Socket socket) throws IOException {
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream());
  }

  public static Wire open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(GUARD_MILLIS);
    socket.setTcpNoDelay(true);
    return new Wire(socket);
  }

  /** One exchange on a connection of its own. */
  public static Answer get(int port, String path, String... headers) throws IOException {
    try (Wire wire = open(port)) {
      return wire.send("GET", path, headers).read();
    }
  }

  public Wire send(String method, String path, String... headers) throws IOException {
    this.head = method.equals("HEAD");
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return write(head.append("\r\n").toString());
  }

  public Wire write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** Leaves without a word: the server gets a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Waits until a response has begun to come, or the connection has ended; reads nothing of it. */
  public Wire awaitAnswer() throws IOException {
    in.mark(1);
    if (in.read() >= 0) {
      in.reset();
    }
    return this;
  }

  /** Reads a response, as far as it comes. */
  public Answer read() throws IOException {
    String status = line();
    Map<String, String> headers = new LinkedHashMap<>();
    if (status == null) {
      return new Answer(0, headers, "", false);
    }
    for (String line = line(); line != null && !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).trim(),
          (one, other) -> one + ", " + other);
    }
    int code = Integer.parseInt(status.substring(9, 12));
    var body = new ByteArrayOutputStream();
    boolean complete;
    try {
      complete = body(code, headers, body);
    } catch (java.net.SocketException e) { // a reset
      complete = false;
    }
    return new Answer(code, headers, body.toString(StandardCharsets.UTF_8), complete);
  }

  private boolean body(int code, Map<String, String> headers, ByteArrayOutputStream body)
      throws IOException {
    if (head || code == 204 || code == 304) {
      return true;
    }
    String length = headers.get("content-length");
    if (length != null) {
      return copy(Integer.parseInt(length), body);
    }
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      return chunks(body);
    }
    return copy(Integer.MAX_VALUE, body)
        || !body.toString(StandardCharsets.UTF_8).isEmpty();
  }

  private boolean chunks(ByteArrayOutputStream body) throws IOException {
    while (true) {
      String size = line();
      if (size == null || size.isEmpty()) {
        return false;
      }
      int length = Integer.parseInt(size, 16);
      if (!copy(length, body) || line() == null) {
        return false;
      }
      if (length == 0) {
        return true;
      }
    }
  }

  private boolean copy(int length, ByteArrayOutputStream to) throws IOException {
    for (int i = 0; i < length; i++) {
      int b = in.read();
      if (b < 0) {
        return false;
      }
      to.write(b);
    }
    return true;
  }

  /** Null: the connection has ended, if need be in the middle of a line. */
  public @Nullable String line() throws IOException {
    var line = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          return null;
        }
        if (b != '\r') {
          line.write(b);
        }
      }
    } catch (java.net.SocketException e) { // a reset
      return null;
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Whether the server has ended the connection. */
  public boolean isEnded() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException e) {
      return true;
    }
  }

  /**
   * What came back.
   *
   * @param status 0: nothing
   * @param complete whether the body has come to the end that its head promised
   */
  public record Answer(int status, Map<String, String> headers, String body, boolean complete) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }
}
