package io.ctx4j;

import static java.util.Objects.requireNonNull;

/**
 * The key of a value in a {@link Ctx}, compared by identity: keep it in a constant.
 *
 * @param <T> the type of the values bound to it
 */
@SuppressWarnings("UnusedTypeParameter") // it types withValue and value
public final class CtxKey<T> {
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
