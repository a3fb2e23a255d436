package io.ctx4j.webflux;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.util.MultiValueMap;

/**
 * A response's headers as the handler sees them: what it writes once the gate has refused it is lost.
 *
 * <p>The server's own headers are no thread-safe map, and a handler keeps the object at hand: it sets
 * {@code Content-Length} just before it writes. Without this the header would end up on the filter's 504.
 */
final class GatedHeaders extends AbstractMap<String, List<String>>
    implements MultiValueMap<String, String> {
  private final HttpHeaders headers;
  private final Gate gate;

  GatedHeaders(HttpHeaders headers, Gate gate) {
    this.headers = headers;
    this.gate = gate;
  }

  private void change(Runnable change) {
    gate.unlessRefused(
        () -> {
          change.run();
          return true;
        },
        false);
  }

  private <T> @Nullable T ask(Supplier<@Nullable T> question) {
    Object[] answer = new Object[1];
    change(() -> answer[0] = question.get());
    @SuppressWarnings("unchecked")
    T typed = (T) answer[0];
    return typed;
  }

  @Override
  public @Nullable String getFirst(String key) {
    return ask(() -> headers.getFirst(key));
  }

  @Override
  public void add(String key, @Nullable String value) {
    change(() -> headers.add(key, value));
  }

  @Override
  public void addAll(String key, List<? extends @Nullable String> values) {
    change(() -> values.forEach(value -> headers.add(key, value)));
  }

  @Override
  public void addAll(MultiValueMap<String, @Nullable String> values) {
    values.forEach(this::addAll);
  }

  @Override
  public void set(String key, @Nullable String value) {
    change(() -> headers.set(key, value));
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
    return gate.unlessRefused(headers::size, 0);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return key instanceof String name
        && gate.unlessRefused(() -> headers.containsHeader(name), false);
  }

  @Override
  public @Nullable List<String> get(@Nullable Object key) {
    return key instanceof String name ? ask(() -> headers.get(name)) : null;
  }

  @Override
  public @Nullable List<String> put(String key, List<String> values) {
    return ask(() -> headers.put(key, values));
  }

  @Override
  public @Nullable List<String> remove(@Nullable Object key) {
    return key instanceof String name ? ask(() -> headers.remove(name)) : null;
  }

  @Override
  public void clear() {
    change(headers::clear);
  }

  /** A copy: an iterator over the server's own could be at work while they change. */
  @Override
  public Set<Entry<String, List<String>>> entrySet() {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    change(() -> headers.forEach((name, values) -> copy.put(name, new ArrayList<>(values))));
    return copy.entrySet();
  }
}
