package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Holds what is set later, perhaps by another thread. */
final class Box<T> {
  private final AtomicReference<@Nullable T> held = new AtomicReference<>();

  Box() {}

  Box(@Nullable T value) {
    held.set(value);
  }

  void set(T value) {
    held.set(value);
  }

  T get() {
    return requireNonNull(held.get(), "not set");
  }
}
