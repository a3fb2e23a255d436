package io.ctx4j;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How a context was derived, from its root down: texts, values, deadlines, and no cancel state.
 *
 * <p>A done context keeps its path for its values and its text. Because a path leads to paths only, that
 * holds no live relative and no register. Immutable; every climb is a loop. The file is long because its
 * seven kinds stand in it, each a screen or less.
 */
abstract sealed class Path {
  final @Nullable Path up;

  private Path(@Nullable Path up) {
    this.up = up;
  }

  /** The nearest at or above this that knows what holds below it. */
  abstract Landmark landmark();

  /** The deadline that counts: one that is not earlier than an outer one never comes into a path (C13). */
  abstract @Nullable Deadline deadline();

  /** What this one adds to the text of the one above. */
  abstract void suffix(StringBuilder out);

  final TimeSource time() {
    return landmark().time;
  }

  /** The nearest path at or above this that binds values: a {@link Value} or a {@link Merge}. */
  @Nullable Path values() {
    return landmark().values();
  }

  @Nullable String name() {
    return landmark().name();
  }

  /**
   * A path that knows what holds below it. The two kinds that are made for every request, {@link Cancel}
   * and {@link Deadline}, are none and ask the nearest: that makes a deadline 16 bytes smaller.
   */
  abstract static sealed class Landmark extends Path {
    final TimeSource time;
    private final @Nullable Path outerValues;
    private final @Nullable Deadline outerDeadline;
    private final @Nullable String outerName;

    private Landmark(
        @Nullable Path up,
        TimeSource time,
        @Nullable Path values,
        @Nullable Deadline deadline,
        @Nullable String name) {
      super(up);
      this.time = time;
      this.outerValues = values;
      this.outerDeadline = deadline;
      this.outerName = name;
    }

    private Landmark(Path up) {
      this(up, up.time(), up.values(), up.deadline(), up.name());
    }

    @Override
    final Landmark landmark() {
      return this;
    }

    @Override
    final @Nullable Deadline deadline() {
      return outerDeadline;
    }

    @Override
    @Nullable Path values() {
      return outerValues;
    }

    @Override
    @Nullable String name() {
      return outerName;
    }
  }

  static final class Root extends Landmark {
    private final String label;

    Root(String label, TimeSource time) {
      super(null, time, null, null, null);
      this.label = label;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(label);
    }
  }

  static final class Cancel extends Path {
    private final Landmark landmark;
    private final @Nullable Deadline deadline;

    Cancel(Path up) {
      super(up);
      this.landmark = up.landmark();
      this.deadline = up.deadline();
    }

    @Override
    Landmark landmark() {
      return landmark;
    }

    @Override
    @Nullable Deadline deadline() {
      return deadline;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withCancel");
    }
  }

  static final class Name extends Landmark {
    private final String name;

    Name(Path up, String name) {
      super(up);
      this.name = name;
    }

    @Override
    String name() {
      return name;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".named(").append(name).append(')');
    }
  }

  static final class Detached extends Landmark {
    Detached(Path up) {
      super(up, up.time(), up.values(), null, up.name());
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withoutCancel");
    }
  }

  static final class Value extends Landmark {
    final CtxKey<?> key;
    final @Nullable Object value;

    /** A table of all bindings from here up, or what stands for none; racy: all that it holds is final. */
    private @Nullable Index index;

    Value(Path up, CtxKey<?> key, @Nullable Object value) {
      super(up);
      this.key = key;
      this.value = value;
    }

    @Override
    Path values() {
      return this;
    }

    @Nullable Path outer() {
      return super.values();
    }

    @Nullable Index index() {
      Index index = this.index;
      return index != null && index.size > 0 ? index : null;
    }

    /** A lookup that began here was long: for the second such one a table is made. */
    private void wasLong() {
      if (index == null) {
        index = Index.NOT_YET;
      } else if (index == Index.NOT_YET) {
        index = Index.of(this);
      }
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withValue(").append(key.name()).append(')');
    }
  }

  /** A deadline, converted to the monotonic clock once (C18). There may be many: it is 40 bytes. */
  static sealed class Deadline extends Path {
    private static final long SECOND = 1_000_000_000L;

    /** Further off than this a deadline arms no timer (C35), and its distance is kept as a Duration. */
    private static final Duration FAR = Duration.ofDays(36_500);

    private static final long FAR_SECONDS = FAR.toSeconds();

    /** No distance is longer, so that sums with it cannot overflow. */
    private static final Duration FURTHEST =
        Duration.ofSeconds(Instant.MAX.getEpochSecond() - Instant.MIN.getEpochSecond());

    private static final Duration JITTER = Duration.ofSeconds(1);

    /** When it passes; of one that is far, when it was made; on {@code time.nanoTime()}. */
    final long nanos;

    /** The instant, of which an object is made when somebody asks. */
    private final long epochSecond;

    private final int nanoOfSecond;
    private final Landmark landmark;

    private Deadline(Path up, long epochSecond, int nanoOfSecond, long nanos) {
      super(up);
      this.epochSecond = epochSecond;
      this.nanoOfSecond = nanoOfSecond;
      this.nanos = nanos;
      this.landmark = up.landmark();
    }

    static Deadline at(Path up, Instant instant) {
      // before nanoTime: a pause between the two makes it late, never early
      Instant now = up.time().now();
      long second = instant.getEpochSecond();
      int nano = instant.getNano();
      return in(up, second - now.getEpochSecond(), nano - now.getNano(), second, nano);
    }

    static Deadline after(Path up, Duration timeout) {
      Instant now = up.time().now();
      long seconds = timeout.getSeconds();
      int nanos = timeout.getNano();
      if (seconds >= Instant.MAX.getEpochSecond() - now.getEpochSecond()) {
        return in(up, seconds, nanos, Instant.MAX.getEpochSecond(), Instant.MAX.getNano());
      }
      if (seconds <= Instant.MIN.getEpochSecond() - now.getEpochSecond()) {
        return in(up, seconds, nanos, Instant.MIN.getEpochSecond(), Instant.MIN.getNano());
      }
      long second = now.getEpochSecond() + seconds;
      long nano = (long) now.getNano() + nanos;
      return nano < SECOND
          ? in(up, seconds, nanos, second, (int) nano)
          : in(up, seconds, nanos, second + 1, (int) (nano - SECOND));
    }

    private static Deadline in(
        Path up, long seconds, int nanos, long epochSecond, int nanoOfSecond) {
      long now = up.time().nanoTime();
      if (seconds >= FAR_SECONDS) {
        Duration left = Duration.ofSeconds(seconds, nanos);
        if (left.compareTo(FAR) > 0) {
          return new Far(
              up, epochSecond, nanoOfSecond, now, left.compareTo(FURTHEST) > 0 ? FURTHEST : left);
        }
      }
      long leftNanos = Math.max(seconds, -FAR_SECONDS) * SECOND + nanos;
      return new Deadline(up, epochSecond, nanoOfSecond, now + leftNanos);
    }

    final Instant instant() {
      return Instant.ofEpochSecond(epochSecond, nanoOfSecond);
    }

    boolean isFar() {
      return false;
    }

    final boolean hasPassed() {
      return !isFar() && leftNanos() <= 0;
    }

    /**
     * Compares on the monotonic clock (C13). On the system's clocks, which are not read at once, one
     * instant that was converted twice comes out different by what a thread may be held up between the
     * two: that counts as equal.
     */
    final boolean isBefore(Deadline other) {
      boolean same = epochSecond == other.epochSecond && nanoOfSecond == other.nanoOfSecond;
      Duration equal = same && time() == SystemTime.INSTANCE ? JITTER : Duration.ZERO;
      if (!isFar() && !other.isFar()) {
        return other.nanos - nanos > equal.toNanos();
      }
      long now = time().nanoTime();
      return left(now).plus(equal).compareTo(other.left(now)) < 0;
    }

    /** What is left, in nanoseconds; zero or less once it has passed. Not for one that is far. */
    final long leftNanos() {
      return nanos - time().nanoTime();
    }

    Duration left(long now) {
      return Duration.ofNanos(nanos - now);
    }

    final Duration left() {
      Duration left = left(time().nanoTime());
      return left.isNegative() ? Duration.ZERO : left;
    }

    @Override
    final Landmark landmark() {
      return landmark;
    }

    @Override
    final Deadline deadline() {
      return this;
    }

    @Override
    final void suffix(StringBuilder out) {
      out.append(".withDeadline(").append(instant());
      appendLeft(out).append(')');
    }

    final StringBuilder appendLeft(StringBuilder out) {
      return out.append(" [")
          .append(left().toString().substring(2).toLowerCase(Locale.ROOT))
          .append(']');
    }
  }

  /** Too far off for a timer, and perhaps for nanoseconds. */
  static final class Far extends Deadline {
    /** How far off it was when it was made. */
    private final Duration span;

    private Far(Path up, long epochSecond, int nanoOfSecond, long madeNanos, Duration span) {
      super(up, epochSecond, nanoOfSecond, madeNanos);
      this.span = span;
    }

    @Override
    boolean isFar() {
      return true;
    }

    @Override
    Duration left(long now) {
      return span.minusNanos(now - nanos);
    }
  }

  static final class Merge extends Landmark {
    final Path[] parents;

    /** Whether the parents' values differ, so that a lookup has a choice to make here. */
    private final boolean branches;

    Merge(Path... parents) {
      super(null, parents[0].time(), onlyValues(parents), earliest(parents), firstName(parents));
      this.parents = parents;
      boolean values = false;
      for (Path parent : parents) {
        values |= parent.values() != null;
      }
      this.branches = values && super.values() == null;
    }

    /** The values of all parents where they are the same ones: then this merge is no place to look at. */
    private static @Nullable Path onlyValues(Path[] parents) {
      Path only = null;
      for (Path parent : parents) {
        Path values = parent.values();
        if (values != null && only != null && values != only) {
          return null;
        }
        only = values == null ? only : values;
      }
      return only;
    }

    private static @Nullable String firstName(Path[] parents) {
      for (Path parent : parents) {
        if (parent.name() != null) {
          return parent.name();
        }
      }
      return null;
    }

    private static @Nullable Deadline earliest(Path[] parents) {
      Deadline earliest = null;
      for (Path parent : parents) {
        Deadline deadline = parent.deadline();
        if (deadline != null
            && parent.time().equals(parents[0].time())
            && (earliest == null || deadline.isBefore(earliest))) {
          earliest = deadline;
        }
      }
      return earliest;
    }

    @Override
    @Nullable Path values() {
      return branches ? this : super.values();
    }

    @Override
    void suffix(StringBuilder out) {
      out.append("merge(…)");
    }
  }

  /** The nearest binding of the key, or null where there is none. */
  @Nullable Value binding(CtxKey<?> key) {
    Path start = values();
    Path at = start;
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
      links = Integer.MAX_VALUE;
      found = new Bindings(at, true).find(key);
    }
    if (links > Index.SHORT && start instanceof Value value) {
      value.wasLong();
    }
    return found;
  }

  void forEachValue(BiConsumer<? super CtxKey<?>, ? super @Nullable Object> action) {
    var climb = new Bindings(values(), false);
    Set<CtxKey<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Object next = climb.next(); next != null; next = climb.next()) {
      var value = (Value) next;
      if (seen.add(value.key)) {
        action.accept(value.key, value.value);
      }
    }
  }

  /**
   * All bindings, nearest first, those of a merge's first parent before the second's, none twice; with
   * tables, in place of a binding from which there is one, that.
   */
  private static final class Bindings {
    private final Deque<Path> open = new ArrayDeque<>();
    private final Set<Path> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final boolean tables;

    Bindings(@Nullable Path from, boolean tables) {
      this.tables = tables;
      open(from);
    }

    @Nullable Object next() {
      for (Path at = open.poll(); at != null; at = open.poll()) {
        if (!seen.add(at)) {
          continue;
        }
        if (at instanceof Value value) {
          Index index = tables ? value.index() : null;
          if (index != null) {
            return index;
          }
          open(value.outer());
          return value;
        }
        Path[] parents = ((Merge) at).parents;
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

    private void open(@Nullable Path values) {
      if (values != null && !seen.contains(values)) {
        open.push(values);
      }
    }
  }

  /**
   * An immutable table of all bindings that are seen from one of them, by key.
   *
   * <p>It is made where lookups turn out to be long, and only if it has no more than a few entries for
   * each link that no other table covers. So all tables together are no larger than some constant times
   * the layers, however many of a long chain are asked; and a lookup goes over no more than
   * {@link #SHORT} links, or an eighth of all, before it comes to one.
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
      this.shift =
          Integer.numberOfLeadingZeros(Math.max(1, size)) - 1; // a quarter to a half is used
      this.slots = new Value[1 << (Integer.SIZE - shift)];
      for (Value binding : bindings) {
        int slot = slotOf(binding.key);
        slots[slot] = binding;
      }
    }

    static Index of(Value start) {
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

  /** The whole text, as Go has it (C32). A merge that stands in it twice is spelled out once. */
  String text() {
    var out = new StringBuilder();
    Set<Path> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> todo =
        new ArrayDeque<>(); // pieces of text, and paths of which only the suffix is left
    pushFromRoot(todo);
    for (Object piece = todo.poll(); piece != null; piece = todo.poll()) {
      if (piece instanceof Merge merge && seen.add(merge)) {
        out.append("merge(");
        todo.push(")");
        for (int i = merge.parents.length - 1; i >= 0; i--) {
          merge.parents[i].pushFromRoot(todo);
          if (i > 0) {
            todo.push(", ");
          }
        }
      } else if (piece instanceof Path path) {
        path.suffix(out);
      } else {
        out.append(piece);
      }
    }
    return out.toString();
  }

  private void pushFromRoot(Deque<Object> todo) {
    for (Path path = this; path != null; path = path.up) {
      todo.push(path);
    }
  }

  /** What was derived since {@code ancestor}, where that is on the way up; else since the root. */
  String textSince(@Nullable Path ancestor) {
    Deque<Path> steps = new ArrayDeque<>();
    for (Path path = this; path != null && path != ancestor; path = path.up) {
      steps.push(path);
    }
    var out = new StringBuilder();
    steps.forEach(step -> step.suffix(out));
    return out.toString();
  }
}
