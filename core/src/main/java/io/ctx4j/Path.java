package io.ctx4j;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Locale;
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
  final TimeSource time;

  /** The nearest path at or above {@link #up} that binds values: a {@link Value} or a {@link Merge}. */
  private final @Nullable Path outerValues;

  private final @Nullable Deadline outerDeadline;
  private final @Nullable String outerName;

  private Path(
      @Nullable Path up,
      TimeSource time,
      @Nullable Path values,
      @Nullable Deadline deadline,
      @Nullable String name) {
    this.up = up;
    this.time = time;
    this.outerValues = values;
    this.outerDeadline = deadline;
    this.outerName = name;
  }

  private Path(Path up) {
    this(up, up.time, up.values(), up.deadline(), up.name());
  }

  /** What this one adds to the text of the one above. */
  abstract void suffix(StringBuilder out);

  @Nullable Path values() {
    return outerValues;
  }

  /** The deadline that counts: one that is not earlier than an outer one never comes into a path (C13). */
  @Nullable Deadline deadline() {
    return outerDeadline;
  }

  @Nullable String name() {
    return outerName;
  }

  static final class Root extends Path {
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
    Cancel(Path up) {
      super(up);
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withCancel");
    }
  }

  static final class Name extends Path {
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

  static final class Detached extends Path {
    Detached(Path up) {
      super(up, up.time, up.values(), null, up.name());
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withoutCancel");
    }
  }

  static final class Value extends Path {
    final CtxKey<?> key;
    final @Nullable Object value;

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

    @Override
    void suffix(StringBuilder out) {
      out.append(".withValue(").append(key.name()).append(')');
    }
  }

  /** A deadline, converted to the monotonic clock once (C18). */
  static final class Deadline extends Path {
    /** Further off than this a deadline arms no timer (C35), and its distance is kept as a Duration. */
    private static final Duration FAR = Duration.ofDays(36_500);

    private static final Duration FAR_PAST = FAR.negated();

    /** No distance is longer, so that sums with it cannot overflow. */
    private static final Duration FURTHEST = between(Instant.MIN, Instant.MAX);

    private static final Duration JITTER = Duration.ofSeconds(1);

    final Instant instant;

    /** When it passes, or where {@link #span} is set, when it was made; on {@code time.nanoTime()}. */
    final long nanos;

    /** How far off it was when it was made, where that is too far for {@link #nanos}; else null. */
    private final @Nullable Duration span;

    private Deadline(Path up, Instant instant, long nanos, @Nullable Duration span) {
      super(up);
      this.instant = instant;
      this.nanos = nanos;
      this.span = span;
    }

    static Deadline at(Path up, Instant instant) {
      Instant now =
          up.time.now(); // before nanoTime: a pause between the two makes it late, never early
      return in(up, between(now, instant), instant);
    }

    static Deadline after(Path up, Duration timeout) {
      return in(up, timeout, plus(up.time.now(), timeout));
    }

    private static Deadline in(Path up, Duration left, Instant instant) {
      long nanos = up.time.nanoTime();
      if (left.compareTo(FAR) > 0) {
        return new Deadline(up, instant, nanos, left.compareTo(FURTHEST) > 0 ? FURTHEST : left);
      }
      long leftNanos = left.compareTo(FAR_PAST) < 0 ? FAR_PAST.toNanos() : left.toNanos();
      return new Deadline(up, instant, nanos + leftNanos, null);
    }

    /** As Duration.between, without its detour over an ArithmeticException where it is far. */
    private static Duration between(Instant now, Instant instant) {
      return Duration.ofSeconds(
          instant.getEpochSecond() - now.getEpochSecond(), instant.getNano() - now.getNano());
    }

    private static Instant plus(Instant now, Duration timeout) {
      long seconds = timeout.toSeconds();
      if (seconds >= Instant.MAX.getEpochSecond() - now.getEpochSecond()) {
        return Instant.MAX;
      }
      return seconds <= Instant.MIN.getEpochSecond() - now.getEpochSecond()
          ? Instant.MIN
          : now.plus(timeout);
    }

    boolean isFar() {
      return span != null;
    }

    boolean hasPassed() {
      return !isFar() && leftNanos() <= 0;
    }

    /**
     * Compares on the monotonic clock (C13). On the system's clocks, which are not read at once, one
     * instant that was converted twice comes out different by what a thread may be held up between the
     * two: that counts as equal.
     */
    boolean isBefore(Deadline other) {
      Duration equal =
          time == SystemTime.INSTANCE && instant.equals(other.instant) ? JITTER : Duration.ZERO;
      if (span == null && other.span == null) {
        return other.nanos - nanos > equal.toNanos();
      }
      long now = time.nanoTime();
      return left(now).plus(equal).compareTo(other.left(now)) < 0;
    }

    /** What is left, in nanoseconds; zero or less once it has passed. Not for one that is far. */
    long leftNanos() {
      return nanos - time.nanoTime();
    }

    private Duration left(long now) {
      return span == null ? Duration.ofNanos(nanos - now) : span.minusNanos(now - nanos);
    }

    Duration left() {
      Duration left = left(time.nanoTime());
      return left.isNegative() ? Duration.ZERO : left;
    }

    @Override
    Deadline deadline() {
      return this;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withDeadline(").append(instant);
      appendLeft(out).append(')');
    }

    StringBuilder appendLeft(StringBuilder out) {
      return out.append(" [")
          .append(left().toString().substring(2).toLowerCase(Locale.ROOT))
          .append(']');
    }
  }

  static final class Merge extends Path {
    final Path[] parents;

    /** Whether the parents' values differ, so that a lookup has a choice to make here. */
    private final boolean branches;

    Merge(Path... parents) {
      super(null, parents[0].time, onlyValues(parents), earliest(parents), firstName(parents));
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
            && parent.time.equals(parents[0].time)
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
    Path at = values();
    while (at instanceof Value value) {
      if (value.key == key) {
        return value;
      }
      at = value.outer();
    }
    if (at != null) { // a merge: from here on there are several ways up
      var climb = new Bindings(at);
      for (Value value = climb.next(); value != null; value = climb.next()) {
        if (value.key == key) {
          return value;
        }
      }
    }
    return null;
  }

  void forEachValue(BiConsumer<? super CtxKey<?>, ? super @Nullable Object> action) {
    var climb = new Bindings(values());
    Set<CtxKey<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Value value = climb.next(); value != null; value = climb.next()) {
      if (seen.add(value.key)) {
        action.accept(value.key, value.value);
      }
    }
  }

  /** All bindings, nearest first, those of a merge's first parent before the second's, none twice. */
  private static final class Bindings {
    private final Deque<Path> open = new ArrayDeque<>();
    private final Set<Path> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    Bindings(@Nullable Path from) {
      open(from);
    }

    @Nullable Value next() {
      for (Path at = open.poll(); at != null; at = open.poll()) {
        if (!seen.add(at)) {
          continue;
        }
        if (at instanceof Value value) {
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

    private void open(@Nullable Path values) {
      if (values != null && !seen.contains(values)) {
        open.push(values);
      }
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
