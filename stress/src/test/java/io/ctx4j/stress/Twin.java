package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.Ctx.Registration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A context and its model: what it was derived from, and whether and how it ought to have ended.
 *
 * <p>The model is as plain as can be: nodes with lists, marked one by one, on one thread.
 */
final class Twin {
  /** Marks the end of a context that was canceled, closed or expired; one for all that it ended. */
  static final class End {
    final String kind;
    final @Nullable Throwable cause;

    End(String kind, @Nullable Throwable cause) {
      this.kind = kind;
      this.cause = cause;
    }
  }

  /** A callback and its fate. */
  static final class Listening {
    final Twin on;
    final AtomicInteger runs = new AtomicInteger();
    final AtomicInteger unregistered = new AtomicInteger();
    volatile @Nullable Registration registration;

    Listening(Twin on) {
      this.on = on;
    }
  }

  final Ctx real;
  final List<Twin> parents;

  /** The second in which it ends by itself; {@link Long#MAX_VALUE}: never. */
  final long deadline;

  /**
   * Whether that deadline is its own, and not a parent's; where that is not known, whether it may
   * be.
   */
  final boolean timed;

  /** Whether it is a value or name layer, of one piece with what it stands on. */
  final boolean layer;

  /** Those derived directly from this, merged ones too. */
  final Queue<Twin> children = new ConcurrentLinkedQueue<>();

  final Queue<Listening> callbacks = new ConcurrentLinkedQueue<>();

  /** What cancel and close said; by how they were called. */
  final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();

  /** By the model; null: live. */
  @Nullable End end;

  /** A call of cancel with a cause of its own. */
  record Attempt(Throwable cause, boolean won) {}

  private Twin(Ctx real, List<Twin> parents, long deadline, boolean timed, boolean layer) {
    this.real = real;
    this.parents = parents;
    this.deadline = deadline;
    this.timed = timed;
    this.layer = layer;
    parents.forEach(parent -> parent.children.add(this));
  }

  static Twin root(Ctx real) {
    return new Twin(real, List.of(), Long.MAX_VALUE, false, false);
  }

  static Twin child(Ctx real, Twin... parents) {
    long earliest = Long.MAX_VALUE;
    for (Twin parent : parents) {
      earliest = Math.min(earliest, parent.deadline);
    }
    return new Twin(real, List.of(parents), earliest, false, false).born();
  }

  static Twin layer(Ctx real, Twin on) {
    return new Twin(real, List.of(on), on.deadline, false, true).born();
  }

  static Twin timed(Ctx real, Twin parent, long deadline, long now) {
    boolean counts = deadline < parent.deadline || (deadline <= now && parent.end == null);
    var twin =
        new Twin(real, List.of(parent), counts ? deadline : parent.deadline, counts, false).born();
    if (twin.end == null && deadline <= now) {
      twin.end = new End("deadline", null);
    }
    return twin;
  }

  /** One whose deadline is what the context says. */
  static Twin timed(Ctx real, Twin parent) {
    return new Twin(
        real, List.of(parent), requireNonNull(real.deadline()).getEpochSecond(), true, false);
  }

  private Twin born() {
    for (Twin parent : parents) {
      if (end == null) {
        end = parent.end;
      }
    }
    return this;
  }

  @Nullable CancelCtx cancelable() {
    return real instanceof CancelCtx cancelable ? cancelable : null;
  }

  /** What this and the layers on it share. */
  Twin base() {
    return layer ? parents.get(0).base() : this;
  }

  /** Ends this and what is below it, by the model. */
  void end(End how, List<Listening> told) {
    if (end != null) {
      return;
    }
    end = how;
    told.addAll(callbacks);
    callbacks.clear();
    children.forEach(child -> child.end(how, told));
  }
}
