package io.ctx4j;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One ending of a subtree: its err and cause, and how far its marking has come.
 *
 * <p>This is the clever class. It makes a subtree done, node by node, while others derive, register and
 * cancel in it, and keeps the promise that whoever is called back meets no live context below (C5, C6):
 *
 * <pre>
 *   run(root)
 *     1  mark     with this monitor held: root, then whatever the registers taken on the way lead to.
 *                 A node that another cancellation made done is not gone through again; unless that
 *                 one is settled it is kept in {@code others}. Nothing here waits for anybody.
 *     2  publish  the monitor is released: "all that I came to is marked".
 *     3  wait     for the monitors of all others, and of theirs, and so on: then it is <b>settled</b>,
 *                 and everything below root is done, whoever marked it.
 *     4  leave    the registers of live parents. Not before 3: a cancellation further up must find this
 *                 one's root in the register as long as there may be live contexts below it.
 *     5  tell     timers off, then callbacks, in the order in which they were reached.
 * </pre>
 *
 * <p>Why nobody deadlocks: waiting is entering a monitor, which is done with no monitor held, and the
 * holder of one (step 1) takes only nodes' monitors, one at a time, and waits for no cancellation.
 * Publishing comes before waiting, so two cancellations that met each other both get on.
 *
 * <p>Why none is passed over: by induction down any path of registers from root. A child either was in
 * the register when its parent was marked, or came later and was born done. One that was in it and done
 * already is the root of, or was reached by, a cancellation among {@code others}, or that one had
 * settled. One that had left it was below a settled cancellation (step 4).
 *
 * <p>Whoever comes late (a loser of {@link CancelCtx#cancel()}, a callback for a done context) does step
 * 3 and no more, so it may wait for marking and never for foreign code. Nothing recurses: the work list
 * is the registers' own links, taken over whole (C10).
 */
final class Cancellation {
  final CtxException err;
  final Throwable cause;

  /** Everything below is done; nobody needs to wait any more. */
  private volatile boolean settled;

  /** What is still to be marked; guarded by this monitor, null outside of step 1. */
  private @Nullable Chain open;

  /** Unsettled cancellations that were met while marking; guarded by this monitor. */
  private List<Cancellation> others = List.of();

  private Cancellation(CtxException err) {
    this.err = err;
    Throwable cause = err.getCause();
    this.cause = cause == null ? err : cause;
  }

  static Cancellation canceled(Path path, @Nullable Throwable cause) {
    return new Cancellation(CanceledException.canceled(path.name(), cause));
  }

  static Cancellation closed(Path path) {
    return new Cancellation(CanceledException.closed(path.name()));
  }

  /** Asks the supplier, if there is one; on the thread of the callbacks, before anything is done (C16). */
  static Cancellation exceeded(
      Path.Deadline deadline, @Nullable Supplier<? extends @Nullable Throwable> supplier) {
    Throwable cause = null;
    if (supplier != null) {
      try {
        cause = supplier.get();
      } catch (Throwable e) {
        report(e);
      }
    }
    return new Cancellation(
        DeadlineExceededException.exceeded(deadline.name(), cause, deadline.instant()));
  }

  /** For a context that nobody knows yet: there is nothing below it. */
  Cancellation alone() {
    settled = true;
    return this;
  }

  /**
   * Makes the node and all below it done, and runs their callbacks.
   *
   * @param workers where foreign code runs; null: here, before this returns
   * @return false: it was done before; then all below it is done, too
   */
  boolean run(Node root, @Nullable Executor workers) {
    settled =
        true; // nobody sees this until the node is marked, and then it is true if that is alone
    if (root.markAlone(this)) {
      root.leaveParents();
      root.disarm();
      return true;
    }
    settled = false;
    var timers = new Chain();
    var callbacks = new Chain();
    List<Node> merged = new ArrayList<>(0);
    synchronized (this) {
      var open = new Chain();
      this.open = open;
      if (root.mark(this)) {
        markBelow(open, timers, callbacks, merged);
      }
      this.open = null;
    }
    Cancellation end = root.end;
    if (end != this) {
      if (end != null) {
        end.awaitSettled();
      }
      return false;
    }
    if (!others.isEmpty()) { // ours alone to read: whoever wrote it, in step 1, is this thread
      awaitSettled();
    }
    settled();
    root.leaveParents();
    merged.forEach(Node::leaveParents);
    root.disarm();
    if (workers == null) {
      disarm(timers);
      tell(callbacks);
      return true;
    }
    Chain foreign = disarmSystems(timers);
    if (!foreign.isEmpty() || !callbacks.isEmpty()) {
      workers.execute(() -> {
        disarm(foreign);
        tell(callbacks);
      });
    }
    return true;
  }

  private static void disarm(Chain timers) {
    for (Link timed = timers.poll(); timed != null; timed = timers.poll()) {
      ((Node) timed).disarm();
    }
  }

  /** Disarms what is on the system's timer, and returns the rest: that is foreign code. */
  private static Chain disarmSystems(Chain timers) {
    var foreign = new Chain();
    for (Link timed = timers.poll(); timed != null; timed = timers.poll()) {
      if (((Node) timed).isOnSystemTime()) {
        ((Node) timed).disarm();
      } else {
        foreign.add(timed);
      }
    }
    return foreign;
  }

  /** Takes over the register, null where it is empty, of a node that is being marked by this. */
  void take(@Nullable Link register) {
    if (open != null && register != null) {
      open.addAll(register);
    }
  }

  private void markBelow(Chain open, Chain timers, Chain callbacks, List<Node> merged) {
    for (Link link = open.poll(); link != null; link = open.poll()) {
      if (link instanceof Node child) {
        if (child.mark(this)) {
          child.marked();
          if (child.isTimed()) {
            timers.add(child);
          }
        } else {
          met(child.end);
        }
      } else if (link instanceof DoneListener) {
        callbacks.add(link);
      } else {
        Node.Merged child = ((Node.Merged.Way) link).child;
        Cancellation claim = child.claim();
        if (claim == this && child.mark(this)) {
          merged.add(child);
        } else {
          met(claim);
          met(child.end);
        }
      }
    }
  }

  private void met(@Nullable Cancellation other) {
    if (other != null && other != this && !other.settled) {
      if (others.isEmpty()) {
        others = new ArrayList<>();
      }
      others.add(other);
    }
  }

  /** Returns once everything is done below every node that this cancellation made done. */
  void awaitSettled() {
    if (settled) {
      return;
    }
    Set<Cancellation> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Cancellation> open = new ArrayDeque<>();
    open.add(this);
    for (Cancellation next = open.poll(); next != null; next = open.poll()) {
      if (!next.settled && seen.add(next)) {
        open.addAll(next.awaitMarked());
      }
    }
  }

  /** To enter is to wait: the monitor is held from before the first mark is seen until the last is set. */
  private synchronized List<Cancellation> awaitMarked() {
    return others;
  }

  private synchronized void settled() {
    settled = true;
    others = List.of();
  }

  private void tell(Chain callbacks) {
    for (Link link = callbacks.poll(); link != null; link = callbacks.poll()) {
      ((DoneListener) link).fire(err);
    }
  }

  /** Where everything goes that foreign code throws at us (C8). */
  static void report(Throwable thrown) {
    Thread thread = Thread.currentThread();
    try {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    } catch (Throwable ignored) {
      // as the JVM does with what a handler throws
    }
  }

  /** An entry of a node's register, and its own list node: taking it off is O(1) and allocates nothing. */
  abstract static class Link {
    /** The one before; that of the first one is the last, so that a register needs one field. */
    @Nullable Link prev;

    /** The one after; null at the end. */
    @Nullable Link next;
  }

  /** A queue of links through the links themselves. */
  private static final class Chain {
    private @Nullable Link first;
    private @Nullable Link last;

    boolean isEmpty() {
      return first == null;
    }

    void add(Link link) {
      link.prev = link;
      addAll(link);
    }

    /** Takes a whole register, whose first entry knows the last. */
    void addAll(Link register) {
      Link last = this.last;
      if (last == null) {
        first = register;
      } else {
        last.next = register;
      }
      this.last = register.prev;
    }

    /** Takes the first link off, which then refers to no other. */
    @Nullable Link poll() {
      Link link = first;
      if (link != null) {
        first = link.next;
        if (first == null) {
          last = null;
        }
        link.prev = null;
        link.next = null;
      }
      return link;
    }
  }
}
