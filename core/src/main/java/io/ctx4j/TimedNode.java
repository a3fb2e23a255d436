package io.ctx4j;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A context whose own deadline counts, on the system's time and without foreign code of its own.
 */
sealed class TimedNode extends Node permits UserTimedNode {
  /** The neighbors in a list of the timer, which owns these two. */
  @Nullable TimedNode earlier;

  @Nullable TimedNode later;

  /** Where it stands on the timer; known before anybody can cancel it. */
  final byte stripe = SystemTime.stripe();

  TimedNode(DeadlinePath deadline) {
    super(deadline);
  }

  /** A child of {@code parent} that its own deadline ends. */
  static Node child(
      DeadlinePath deadline,
      @Nullable Supplier<? extends @Nullable Throwable> cause,
      @Nullable Node parent) {
    boolean plain = cause == null && deadline.time() == SystemTime.INSTANCE;
    return adopt(plain ? new TimedNode(deadline) : new UserTimedNode(deadline, cause), parent)
        .armed();
  }

  /** A child of {@code parent} that its own deadline has ended (C14). */
  static Node past(
      DeadlinePath deadline,
      @Nullable Supplier<? extends @Nullable Throwable> cause,
      @Nullable Node parent) {
    var node = new Node(deadline);
    if (parent == null || parent.end == null) {
      Cancellation end = Cancellation.exceeded(deadline);
      if (cause != null) {
        end.ask(cause, deadline);
      }
      node.end = end;
    }
    if (parent != null && parent.end != null) { // perhaps the supplier canceled it
      node.end = parent.end;
    }
    return node;
  }

  private TimedNode armed() {
    if (end == null && !deadline().isFar()) {
      try {
        arm();
      } catch (Throwable e) {
        leaveParents();
        throw e;
      }
    }
    if (end != null) { // born done, or ended while there was nothing to take off yet
      disarm();
    }
    return this;
  }

  void arm() {
    SystemTime.INSTANCE.add(this);
  }

  @Override
  void disarm() {
    SystemTime.INSTANCE.remove(this);
  }

  @Override
  final boolean isTimed() {
    return true;
  }

  final DeadlinePath deadline() {
    return (DeadlinePath) path;
  }

  final long nanos() {
    return deadline().nanos;
  }

  /**
   * The deadline fires on the system's timer thread, which has taken this off before.
   *
   * @throws OutOfMemoryError nothing has happened; to be tried again
   */
  void expire(Dispatcher dispatcher) {
    if (end == null) {
      Cancellation.exceeded(deadline()).run(this, dispatcher);
    }
  }
}
