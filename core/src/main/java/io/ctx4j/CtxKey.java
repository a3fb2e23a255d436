package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The key of a value in a {@link Ctx}, compared by identity: keep it in a constant.
 *
 * @param <T> the type of the values bound to it
 */
@SuppressWarnings("UnusedTypeParameter") // it types withValue and value
public final class CtxKey<T> {
  /**
   * Steps of the golden ratio: whichever keys meet in a table, their upper bits are spread evenly.
   */
  private static final AtomicInteger HASHES = new AtomicInteger();

  /** Its place in tables of keys; in a field, where the one of the object's identity is a call. */
  final int hash = HASHES.getAndAdd(0x9E3779B9);

  private final String name;

  private CtxKey(String name) {
    this.name = name;
  }

  /** Makes a new key, which equals no other, not even one of the same name. */
  public static <T> CtxKey<T> named(String name) {
    return new CtxKey<>(requireNonNull(name, "name"));
  }

  /** Returns the name, which the text of a context shows in place of values. */
  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }
}
