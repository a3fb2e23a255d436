package io.ctx4j.webflux;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.util.MultiValueMap;

/**
 * A response's headers as the handler sees them: what it writes once the gate has refused it is
 * lost.
 *
 * <p>The server's own headers are no thread-safe map, and a handler keeps the object at hand: it
 * sets {@code Content-Length} just before it writes. Without this the header would end up on the
 * filter's 504.
 */
final class GatedHeaders extends AbstractMap<String, List<String>>
    implements MultiValueMap<String, String> {
  private final HttpHeaders headers;
  private final Gate gate;

  GatedHeaders(HttpHeaders headers, Gate gate) {
    this.headers = headers;
    this.gate = gate;
  }

  @Override
  public @Nullable String getFirst(String key) {
    synchronized (gate) {
      return gate.isClosed() ? null : headers.getFirst(key);
    }
  }

  @Override
  public void add(String key, @Nullable String value) {
    synchronized (gate) {
      if (!gate.isClosed()) {
        headers.add(key, value);
      }
    }
  }

  @Override
  public void addAll(String key, List<? extends @Nullable String> values) {
    synchronized (gate) {
      if (!gate.isClosed()) {
        values.forEach(value -> headers.add(key, value));
      }
    }
  }

  @Override
  public void addAll(MultiValueMap<String, @Nullable String> values) {
    values.forEach(this::addAll);
  }

  @Override
  public void set(String key, @Nullable String value) {
    synchronized (gate) {
      if (!gate.isClosed()) {
        headers.set(key, value);
      }
    }
  }

  @Override
  public void setAll(Map<String, @Nullable String> values) {
    values.forEach(this::set);
  }

  @Override
  public Map<String, @Nullable String> toSingleValueMap() {
    Map<String, @Nullable String> first = new LinkedHashMap<>();
    forEach((name, values) -> first.put(name, values.isEmpty() ? null : values.get(0)));
    return first;
  }

  /** Else it would be the size of a copy; Spring asks whether there are any. */
  @Override
  public int size() {
    synchronized (gate) {
      return gate.isClosed() ? 0 : headers.size();
    }
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    synchronized (gate) {
      return !gate.isClosed() && key instanceof String name && headers.containsHeader(name);
    }
  }

  @Override
  public @Nullable List<String> get(@Nullable Object key) {
    synchronized (gate) {
      return !gate.isClosed() && key instanceof String name ? headers.get(name) : null;
    }
  }

  @Override
  public @Nullable List<String> put(String key, List<String> values) {
    synchronized (gate) {
      return gate.isClosed() ? null : headers.put(key, values);
    }
  }

  @Override
  public @Nullable List<String> remove(@Nullable Object key) {
    synchronized (gate) {
      return !gate.isClosed() && key instanceof String name ? headers.remove(name) : null;
    }
  }

  @Override
  public void clear() {
    synchronized (gate) {
      if (!gate.isClosed()) {
        headers.clear();
      }
    }
  }

  /** A copy: an iterator over the server's own could be at work while they change. */
  @Override
  public Set<Entry<String, List<String>>> entrySet() {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    synchronized (gate) {
      if (!gate.isClosed()) {
        headers.forEach((name, values) -> copy.put(name, new ArrayList<>(values)));
      }
    }
    return copy.entrySet();
  }
}
