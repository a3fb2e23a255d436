package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A subscriber's Context with a {@link Ctx} over it: the Ctx under its class, its values under
 * their keys.
 *
 * <p>Nothing is copied: a lookup asks the Ctx first and then the Context below, so that a
 * subscription costs the same whatever the Ctx holds (R6). What is written goes below, too:
 * operators write at each subscription. Only to write what the Ctx itself has to say takes a copy
 * of everything. The hook of a bind is found and not listed: a copy has what was written.
 */
final class CtxContext implements Context {
  private final Context outer;
  private final Ctx ctx;

  /** Whether this is a bind's, and has the hook {@link OwnErrors}. */
  private final boolean binding;

  private CtxContext(Context outer, Ctx ctx, boolean binding) {
    this.outer = outer;
    this.ctx = ctx;
    this.binding = binding;
  }

  /** For what only shows the context. */
  static CtxContext of(Context outer, Ctx ctx) {
    return outer instanceof CtxContext same && same.ctx == ctx
        ? same
        : new CtxContext(outer, ctx, false);
  }

  /** For what binds to the context, too. */
  static CtxContext binding(Context outer, Ctx ctx) {
    return outer instanceof CtxContext same && same.ctx == ctx && same.binding
        ? same
        : new CtxContext(outer, ctx, true);
  }

  /** Returns the Context without a Ctx and without a value of any. */
  static Context isolated(Context context) {
    Context rest = context;
    while (rest instanceof CtxContext same) {
      rest = same.outer;
    }
    for (Object key : rest.stream().map(Map.Entry::getKey).toList()) {
      if (!isBelow(key)) {
        rest = rest.delete(key);
      }
    }
    return rest;
  }

  Ctx ctx() {
    return ctx;
  }

  /**
   * Whether this is what {@link #of} and {@link #binding} have made, or found, over that Context.
   */
  boolean isOver(Context outer) {
    return this.outer == outer || this == outer;
  }

  private @Nullable Object find(Object key) {
    if (key == Ctx.class) {
      return ctx;
    }
    if (!(key instanceof CtxKey<?> bound)) {
      Object below = outer.getOrDefault(key, null);
      return binding && key.equals(OwnErrors.KEY) ? OwnErrors.over(below) : below;
    }
    Object value = ctx.value(bound);
    if (value != null) {
      return value;
    }
    Object below = outer.getOrDefault(key, null);
    return below == null || hides(bound) ? null : below;
  }

  /** Whether the Ctx binds the key to null; asked only where that makes a difference. */
  private boolean hides(CtxKey<?> key) {
    boolean[] hides = {false};
    ctx.forEachValue((bound, value) -> hides[0] |= bound == key);
    return hides[0];
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as in every Context
  public <T> T get(Object key) {
    Object found = find(requireNonNull(key, "key"));
    if (found == null) {
      throw new NoSuchElementException("Context does not contain key: " + key);
    }
    return (T) found;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as in every Context
  public <T> @Nullable T getOrDefault(Object key, @Nullable T defaultValue) {
    Object found = find(requireNonNull(key, "key"));
    return found == null ? defaultValue : (T) found;
  }

  @Override
  public boolean hasKey(Object key) {
    return find(requireNonNull(key, "key")) != null;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public int size() {
    return entries().size();
  }

  @Override
  public Stream<Map.Entry<Object, Object>> stream() {
    return entries().entrySet().stream();
  }

  @Override
  public Context put(Object key, Object value) {
    requireNonNull(value, "value");
    if (isBelow(requireNonNull(key, "key"))) {
      return over(outer.put(key, value));
    }
    Map<Object, Object> entries = entries();
    entries.put(key, value);
    return Context.of(entries);
  }

  @Override
  public Context delete(Object key) {
    if (isBelow(requireNonNull(key, "key"))) {
      return over(outer.delete(key));
    }
    if (!hasKey(key)) {
      return this;
    }
    Map<Object, Object> entries = entries();
    entries.remove(key);
    return Context.of(entries);
  }

  @Override
  public Context putAll(ContextView other) {
    return other.stream().allMatch(entry -> isBelow(entry.getKey()))
        ? over(outer.putAll(other))
        : Context.super.putAll(other);
  }

  @Override
  public Context putAllMap(Map<?, ?> from) {
    return from.keySet().stream().allMatch(CtxContext::isBelow)
        ? over(outer.putAllMap(from))
        : Context.super.putAllMap(from);
  }

  private CtxContext over(Context written) {
    return written == outer ? this : new CtxContext(written, ctx, binding);
  }

  /** Whether the Ctx never has anything to say about the key. */
  private static boolean isBelow(Object key) {
    return key != Ctx.class && !(key instanceof CtxKey);
  }

  private Map<Object, Object> entries() {
    Map<Object, Object> entries = new LinkedHashMap<>();
    outer.stream().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    ctx.forEachValue((key, value) -> {
      if (value == null) {
        entries.remove(key);
      } else {
        entries.put(key, value);
      }
    });
    entries.put(Ctx.class, ctx);
    return entries;
  }

  @Override
  public String toString() {
    return "Context" + entries();
  }
}
