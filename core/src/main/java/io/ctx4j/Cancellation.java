package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
  private static final VarHandle ERR = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "err", VarHandle.class, Cancellation.class, Object.class);

  private static final Unmade CANCELED = new Unmade(null, false);
  private static final Unmade CLOSED = new Unmade(null, true);

  /** What a {@link CanceledException} is made of when somebody asks for it; most cancellations end unasked. */
  private record Unmade(@Nullable String name, boolean closed) {
    CtxException make(@Nullable Throwable cause) {
      return closed ? CanceledException.closed(name) : CanceledException.canceled(name, cause);
    }
  }

  /** A {@link CtxException}, or {@link Unmade}: then the first who asks replaces it, for all (C1, C3). */
  private volatile Object err;

  private final @Nullable Throwable cause;

  /** Null: everything below is done, and nobody needs to wait any more. */
  private volatile @Nullable Marking marking;

  private Cancellation(Object err, @Nullable Throwable cause) {
    this.err = err;
    this.cause = cause;
  }

  static Cancellation canceled(Path path, @Nullable Throwable cause) {
    String name = path.name();
    return unmade(name == null ? CANCELED : new Unmade(name, false), cause);
  }

  static Cancellation closed(Path path) {
    String name = path.name();
    return unmade(name == null ? CLOSED : new Unmade(name, true), null);
  }

  /** With debugging on it is made here, where its stack trace says who canceled (C33). */
  private static Cancellation unmade(Unmade unmade, @Nullable Throwable cause) {
    return new Cancellation(CtxException.DEBUG ? unmade.make(cause) : unmade, cause);
  }

  /** Asks the supplier, if there is one; on the thread of the callbacks, before anything is done (C16). */
  static Cancellation exceeded(
      DeadlinePath deadline, @Nullable Supplier<? extends @Nullable Throwable> supplier) {
    Throwable cause = null;
    if (supplier != null) {
      try {
        cause = supplier.get();
      } catch (Throwable e) {
        report(e);
      }
    }
    return new Cancellation(
        DeadlineExceededException.exceeded(deadline.name(), cause, deadline.instant()), cause);
  }

  CtxException err() {
    Object err = this.err;
    if (err instanceof Unmade unmade) {
      CtxException made = unmade.make(cause);
      Object witness = ERR.compareAndExchange(this, unmade, made);
      return witness == unmade ? made : (CtxException) witness;
    }
    return (CtxException) err;
  }

  Throwable cause() {
    return cause == null ? err() : cause;
  }

  /**
   * Makes the node and all below it done, and runs their callbacks.
   *
   * @param workers where foreign code runs; null: here, before this returns
   * @return false: it was done before; then all below it is done, too
   */
  boolean run(Node root, @Nullable Executor workers) {
    Link leaf = root.markLeaf(this); // settled from the start: there is nothing below to wait for
    if (leaf == null) {
      return runAll(root, workers);
    }
    root.leaveParents();
    root.disarm();
    if (leaf instanceof DoneListener callback) {
      if (workers == null) {
        callback.fire(this);
      } else {
        workers.execute(() -> callback.fire(this));
      }
    }
    return true;
  }

  private boolean runAll(Node root, @Nullable Executor workers) {
    var marking = new Marking();
    this.marking = marking;
    synchronized (this) {
      if (root.mark(this)) {
        markBelow(marking);
      }
    }
    Cancellation end = root.end;
    if (end != this) {
      if (end != null) {
        end.awaitSettled();
      }
      return false;
    }
    if (!marking.others.isEmpty()) { // ours alone to read: who wrote it, in step 1, is this thread
      awaitSettled();
    }
    this.marking = null;
    root.leaveParents();
    marking.merged.forEach(Node::leaveParents);
    root.disarm();
    if (workers == null) {
      disarm(marking.timers);
      tell(marking.callbacks);
      return true;
    }
    LinkQueue foreign = disarmSystems(marking.timers);
    LinkQueue callbacks = marking.callbacks;
    if (!foreign.isEmpty() || !callbacks.isEmpty()) {
      workers.execute(() -> {
        disarm(foreign);
        tell(callbacks);
      });
    }
    return true;
  }

  private static void disarm(LinkQueue timers) {
    for (Link timed = timers.poll(); timed != null; timed = timers.poll()) {
      ((Node) timed).disarm();
    }
  }

  /** Disarms what is on the system's timer, and returns the rest: that is foreign code. */
  private static LinkQueue disarmSystems(LinkQueue timers) {
    var foreign = new LinkQueue();
    for (Link timed = timers.poll(); timed != null; timed = timers.poll()) {
      if (((Node) timed).isOnSystemTime()) {
        ((Node) timed).disarm();
      } else {
        foreign.add(timed);
      }
    }
    return foreign;
  }

  /** Takes over the register of a node that is being marked by this; of one that had any. */
  void take(Link register) {
    requireNonNull(marking).open.addAll(register);
  }

  private void markBelow(Marking marking) {
    LinkQueue open = marking.open;
    for (Link link = open.poll(); link != null; link = open.poll()) {
      if (link instanceof Node child) {
        if (child.mark(this)) {
          child.marked();
          if (child.isTimed()) {
            marking.timers.add(child);
          }
        } else {
          met(child.end, marking);
        }
      } else if (link instanceof DoneListener) {
        marking.callbacks.add(link);
      } else {
        MergedNode child = ((MergedNode.ParentLink) link).child;
        Cancellation claim = child.claim();
        if (claim == this && child.mark(this)) {
          marking.merged(child);
        } else {
          met(claim, marking);
          met(child.end, marking);
        }
      }
    }
  }

  private void met(@Nullable Cancellation other, Marking marking) {
    if (other != null && other != this && other.marking != null) {
      marking.met(other);
    }
  }

  /** Returns once everything is done below every node that this cancellation made done. */
  void awaitSettled() {
    if (marking == null) {
      return;
    }
    Set<Cancellation> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Cancellation> open = new ArrayDeque<>();
    open.add(this);
    for (Cancellation next = open.poll(); next != null; next = open.poll()) {
      if (next.marking != null && seen.add(next)) {
        open.addAll(next.awaitMarked());
      }
    }
  }

  /** To enter is to wait: the monitor is held from before the first mark is seen until the last is set. */
  private synchronized List<Cancellation> awaitMarked() {
    Marking marking = this.marking;
    return marking == null ? List.of() : marking.others;
  }

  private void tell(LinkQueue callbacks) {
    for (Link link = callbacks.poll(); link != null; link = callbacks.poll()) {
      ((DoneListener) link).fire(this);
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

  /** What a cancellation of more than one node collects; filled in step 1, by the thread that marks. */
  private static final class Marking {
    /** What is still to be marked. */
    final LinkQueue open = new LinkQueue();

    final LinkQueue timers = new LinkQueue();
    final LinkQueue callbacks = new LinkQueue();
    List<Node> merged = List.of();

    /** Unsettled cancellations that were met; read by others once they have been in the monitor. */
    List<Cancellation> others = List.of();

    void merged(Node child) {
      if (merged.isEmpty()) {
        merged = new ArrayList<>();
      }
      merged.add(child);
    }

    void met(Cancellation other) {
      if (others.isEmpty()) {
        others = new ArrayList<>();
      }
      others.add(other);
    }
  }
}
