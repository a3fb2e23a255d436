package io.ctx4j;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a context was derived, from its root down: texts, values, deadlines, and no cancel state.
 *
 * <p>A done context keeps its path for its values and its text. Because a path leads to paths only,
 * that holds no live relative and no register. Immutable; every climb is a loop.
 */
abstract sealed class Path permits Path.InheritedScope, Path.Cancel, Path.Margin, DeadlinePath {
  final @Nullable Path up;

  Path(@Nullable Path up) {
    this.up = up;
  }

  /** The nearest at or above this that knows what holds below it. */
  abstract InheritedScope scope();

  /** The deadline that counts: one no earlier than an outer one never comes into a path (C13). */
  abstract @Nullable DeadlinePath deadline();

  /** What this one adds to the text of the one above. */
  abstract void suffix(StringBuilder out);

  final TimeSource time() {
    return scope().time;
  }

  /** The nearest path at or above this that binds values: {@link Value} or {@link MergePath}. */
  @Nullable ValueScope values() {
    return scope().values();
  }

  @Nullable String name() {
    return scope().name();
  }

  /**
   * A path that knows what holds below it. The two kinds that are made for every request,
   * {@link Cancel} and {@link DeadlinePath}, are none and ask the nearest: that makes a deadline 16
   * bytes smaller.
   */
  abstract static sealed class InheritedScope extends Path {
    final TimeSource time;
    private final @Nullable ValueScope outerValues;
    private final @Nullable DeadlinePath outerDeadline;
    private final @Nullable String outerName;

    private InheritedScope(
        @Nullable Path up,
        TimeSource time,
        @Nullable ValueScope values,
        @Nullable DeadlinePath deadline,
        @Nullable String name) {
      super(up);
      this.time = time;
      this.outerValues = values;
      this.outerDeadline = deadline;
      this.outerName = name;
    }

    private InheritedScope(Path up) {
      this(up, up.time(), up.values(), up.deadline(), up.name());
    }

    @Override
    final InheritedScope scope() {
      return this;
    }

    @Override
    final @Nullable DeadlinePath deadline() {
      return outerDeadline;
    }

    @Override
    @Nullable ValueScope values() {
      return outerValues;
    }

    @Override
    @Nullable String name() {
      return outerName;
    }
  }

  static final class Root extends InheritedScope {
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

  /** How the deadline that stands on this was given: by what it leaves of the outer one. */
  static final class Margin extends Path {
    private final InheritedScope scope;
    private final @Nullable DeadlinePath outer;
    private final Duration keep;

    Margin(Path up, Duration keep) {
      super(up);
      this.scope = up.scope();
      this.outer = up.deadline();
      this.keep = keep;
    }

    @Override
    InheritedScope scope() {
      return scope;
    }

    @Override
    @Nullable DeadlinePath deadline() {
      return outer;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withMargin(");
      DeadlinePath.append(out, keep).append(')');
    }
  }

  static final class Cancel extends Path {
    private final InheritedScope scope;
    private final @Nullable DeadlinePath deadline;

    Cancel(Path up) {
      super(up);
      this.scope = up.scope();
      this.deadline = up.deadline();
    }

    @Override
    InheritedScope scope() {
      return scope;
    }

    @Override
    @Nullable DeadlinePath deadline() {
      return deadline;
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withCancel");
    }
  }

  static final class Name extends InheritedScope {
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

  static final class Detached extends InheritedScope {
    Detached(Path up) {
      super(up, up.time(), up.values(), null, up.name());
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withoutCancel");
    }
  }

  /** Where a lookup begins, or has a choice to make. */
  abstract static sealed class ValueScope extends InheritedScope permits Value, MergePath {
    /**
     * A table of all bindings from here up, or what stands for none; racy: all that it holds is
     * final.
     */
    private @Nullable ValueIndex index;

    ValueScope(Path up) {
      super(up);
    }

    ValueScope(
        TimeSource time,
        @Nullable ValueScope values,
        @Nullable DeadlinePath deadline,
        @Nullable String name) {
      super(null, time, values, deadline, name);
    }

    final @Nullable ValueIndex index() {
      ValueIndex index = this.index;
      return index != null && index.size > 0 ? index : null;
    }

    /** A lookup that began here was long: for the second such one a table is made. */
    final void wasLong() {
      if (index == null) {
        index = ValueIndex.NOT_YET;
      } else if (index == ValueIndex.NOT_YET) {
        index = ValueIndex.of(this);
      }
    }
  }

  static final class Value extends ValueScope {
    final CtxKey<?> key;
    final @Nullable Object value;

    Value(Path up, CtxKey<?> key, @Nullable Object value) {
      super(up);
      this.key = key;
      this.value = value;
    }

    @Override
    ValueScope values() {
      return this;
    }

    @Nullable ValueScope outer() {
      return super.values();
    }

    @Override
    void suffix(StringBuilder out) {
      out.append(".withValue(").append(key.name()).append(')');
    }
  }

  /** The whole text, as Go has it (C32). A merge that stands in it twice is spelled out once. */
  String text() {
    var out = new StringBuilder();
    Set<Path> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    // pieces of text, and paths of which only the suffix is left
    Deque<Object> todo = new ArrayDeque<>();
    pushFromRoot(todo);
    for (Object piece = todo.poll(); piece != null; piece = todo.poll()) {
      if (piece instanceof MergePath merge && seen.add(merge)) {
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
