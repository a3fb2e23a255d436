package io.ctx4j;

import io.ctx4j.Path.Value;
import io.ctx4j.Path.ValueScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable table of all bindings that are seen from one of them, by key.
 *
 * <p>It is made where lookups turn out to be long, and only if it has no more than a few entries
 * for each link that no other table covers. So all tables together are no larger than some constant
 * times the layers, however many of a long chain are asked; and a lookup goes over no more than
 * {@link #SHORT} links, or an eighth of all, before it comes to one.
 */
final class ValueIndex {
  /** To go over so many links costs about what a table does. */
  static final int SHORT = 8;

  /** There was one long lookup. */
  static final ValueIndex NOT_YET = new ValueIndex(List.of());

  /** Too much of it would stand in another table, too. */
  static final ValueIndex NEVER = new ValueIndex(List.of());

  final int size;
  private final @Nullable Value[] slots;
  private final int shift;

  private ValueIndex(Collection<Value> bindings) {
    this.size = bindings.size();
    // a quarter to a half is used
    this.shift = Integer.numberOfLeadingZeros(Math.max(1, size)) - 1;
    this.slots = new Value[1 << (Integer.SIZE - shift)];
    for (Value binding : bindings) {
      int slot = slotOf(binding.key);
      slots[slot] = binding;
    }
  }

  static ValueIndex of(ValueScope start) {
    List<Object> parts = new ArrayList<>();
    int links = 0;
    int covered = 0;
    var climb = new ValueLookup.Bindings(start, true);
    for (Object part = climb.next(); part != null; part = climb.next()) {
      parts.add(part);
      if (part instanceof ValueIndex index) {
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
        for (Value value : ((ValueIndex) part).slots) {
          if (value != null) {
            nearest.putIfAbsent(value.key, value);
          }
        }
      }
    }
    return new ValueIndex(nearest.values());
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
