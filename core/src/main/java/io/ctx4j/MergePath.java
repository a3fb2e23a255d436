package io.ctx4j;

import io.ctx4j.Path.ValueScope;
import org.jspecify.annotations.Nullable;

/**
 * How a context of several parents was derived: their values, the first of their names, the
 * earliest deadline.
 */
final class MergePath extends ValueScope {
  final Path[] parents;

  /** Whether the parents' values differ, so that a lookup has a choice to make here. */
  private final boolean branches;

  MergePath(Path... parents) {
    super(parents[0].time(), onlyValues(parents), earliest(parents), firstName(parents));
    this.parents = parents;
    boolean values = false;
    for (Path parent : parents) {
      values |= parent.values() != null;
    }
    this.branches = values && super.values() == null;
  }

  /**
   * The values of all parents where they are the same ones: then this merge is no place to look at.
   */
  private static @Nullable ValueScope onlyValues(Path[] parents) {
    ValueScope only = null;
    for (Path parent : parents) {
      ValueScope values = parent.values();
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

  private static @Nullable DeadlinePath earliest(Path[] parents) {
    DeadlinePath earliest = null;
    for (Path parent : parents) {
      DeadlinePath deadline = parent.deadline();
      if (deadline != null
          && parent.time().equals(parents[0].time())
          && (earliest == null || deadline.isBefore(earliest))) {
        earliest = deadline;
      }
    }
    return earliest;
  }

  @Override
  @Nullable ValueScope values() {
    return branches ? this : super.values();
  }

  @Override
  void suffix(StringBuilder out) {
    out.append("merge(…)");
  }
}
