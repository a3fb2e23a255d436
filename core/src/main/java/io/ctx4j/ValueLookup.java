package io.ctx4j;

import io.ctx4j.Path.Value;
import io.ctx4j.Path.ValueScope;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the bindings that a path sees: the nearest of a key, and all of them.
 *
 * <p>Up a chain it goes link by link, at a merge up every parent; where that turns out to be long,
 * an {@link ValueIndex} is made.
 */
final class ValueLookup {
  private ValueLookup() {}

  /** The nearest binding of the key, or null where there is none. */
  static @Nullable Value nearest(Path path, CtxKey<?> key) {
    ValueScope start = path.values();
    ValueScope at = start;
    Value found = null;
    int links = 0;
    for (; at instanceof Value value; at = value.outer()) {
      ValueIndex index = value.index();
      if (index != null) {
        found = index.find(key);
        at = null;
        break;
      }
      if (value.key == key) {
        found = value;
        break;
      }
      links++;
    }
    if (found == null && at != null) { // a merge: from here on there are several ways up
      var climb = new Bindings(at, true);
      found = climb.find(key);
      links += climb.links;
    }
    if (links > ValueIndex.SHORT && start != null) {
      start.wasLong();
    }
    return found;
  }

  static void forEach(Path path, BiConsumer<? super CtxKey<?>, ? super @Nullable Object> action) {
    var climb = new Bindings(path.values(), false);
    Set<CtxKey<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Object next = climb.next(); next != null; next = climb.next()) {
      var value = (Value) next;
      if (seen.add(value.key)) {
        action.accept(value.key, value.value);
      }
    }
  }

  /**
   * All bindings, nearest first, those of a merge's first parent before the second's, none twice;
   * with tables, in place of a binding from which there is one, that.
   */
  static final class Bindings {
    private final Deque<ValueScope> open = new ArrayDeque<>();
    private final Set<ValueScope> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final boolean tables;

    /** How many it has come to. */
    int links;

    Bindings(@Nullable ValueScope from, boolean tables) {
      this.tables = tables;
      open(from);
    }

    @Nullable Object next() {
      for (ValueScope at = open.poll(); at != null; at = open.poll()) {
        if (!seen.add(at)) {
          continue;
        }
        ValueIndex index = tables ? at.index() : null;
        if (index != null) {
          return index;
        }
        links++;
        if (at instanceof Value value) {
          open(value.outer());
          return value;
        }
        Path[] parents = ((MergePath) at).parents;
        for (int i = parents.length - 1; i >= 0; i--) {
          open(parents[i].values());
        }
      }
      return null;
    }

    @Nullable Value find(CtxKey<?> key) {
      Value found = null;
      for (Object next = next(); next != null && found == null; next = next()) {
        if (next instanceof ValueIndex index) {
          found = index.find(key);
        } else if (((Value) next).key == key) {
          found = (Value) next;
        }
      }
      return found;
    }

    private void open(@Nullable ValueScope values) {
      if (values != null && !seen.contains(values)) {
        open.push(values);
      }
    }
  }
}
