package io.ctx4j;

import io.ctx4j.Path.Value;
import io.ctx4j.Path.ValueScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the bindings that a path sees: the nearest of a key, and all of them.
 *
 * <p>Up a chain it goes link by link, at a merge up every parent; where that turns out to be long,
 * an {@link Index} is made.
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
      Index index = value.index();
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
    if (links > Index.SHORT && start != null) {
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
  private static final class Bindings {
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
        Index index = tables ? at.index() : null;
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
        if (next instanceof Index index) {
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

  /**
   * An immutable table of all bindings that are seen from one of them, by key.
   *
   * <p>It is made where lookups turn out to be long, and only if it has no more than a few entries
   * for each link that no other table covers. So all tables together are no larger than some
   * constant times the layers, however many of a long chain are asked; and a lookup goes over no
   * more than {@link #SHORT} links, or an eighth of all, before it comes to one.
   */
  static final class Index {
    /** To go over so many links costs about what a table does. */
    static final int SHORT = 8;

    /** There was one long lookup. */
    static final Index NOT_YET = new Index(List.of());

    /** Too much of it would stand in another table, too. */
    static final Index NEVER = new Index(List.of());

    final int size;
    private final @Nullable Value[] slots;
    private final int shift;

    private Index(Collection<Value> bindings) {
      this.size = bindings.size();
      // a quarter to a half is used
      this.shift = Integer.numberOfLeadingZeros(Math.max(1, size)) - 1;
      this.slots = new Value[1 << (Integer.SIZE - shift)];
      for (Value binding : bindings) {
        int slot = slotOf(binding.key);
        slots[slot] = binding;
      }
    }

    static Index of(ValueScope start) {
      List<Object> parts = new ArrayList<>();
      int links = 0;
      int covered = 0;
      var climb = new Bindings(start, true);
      for (Object part = climb.next(); part != null; part = climb.next()) {
        parts.add(part);
        if (part instanceof Index index) {
          covered += index.size;
        } else {
          links++;
        }
      }
      if (links <= SHORT || links < covered / SHORT) {
        return NEVER;
      }
      Map<CtxKey<?>, Value> nearest = new HashMap<>();
      for (Object part : parts) {
        if (part instanceof Value value) {
          nearest.putIfAbsent(value.key, value);
        } else {
          for (Value value : ((Index) part).slots) {
            if (value != null) {
              nearest.putIfAbsent(value.key, value);
            }
          }
        }
      }
      return new Index(nearest.values());
    }

    @Nullable Value find(CtxKey<?> key) {
      return slots[slotOf(key)];
    }

    /** Where the key stands, or would. */
    private int slotOf(CtxKey<?> key) {
      int slot = key.hash >>> shift;
      for (Value at = slots[slot]; at != null && at.key != key; at = slots[slot]) {
        slot = (slot + 1) & (slots.length - 1);
      }
      return slot;
    }
  }
}
