package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One ending of a subtree: its err and cause, and how far its marking has come.
 *
 * <p>This is the clever class. It makes a subtree done, node by node, while others derive, register
 * and cancel in it, and keeps the promise that whoever is called back meets no live context below
 * (C5, C6):
 *
 * <pre>
 *   run(root)
 *     1  mark     with this monitor held: root, then whatever the registers taken on the way lead to.
 *                 A node that another cancellation made done is not gone through again; unless that
 *                 one is settled the {@link Marking} records it. Nothing here waits for anybody.
 *     2  publish  the monitor is released: "all that I came to is marked".
 *     3  wait     for the monitors of all those, and of theirs, and so on: then it is <b>settled</b>,
 *                 and everything below root is done, whoever marked it.
 *     4  leave    the registers of live parents. Not before 3: a cancellation further up must find this
 *                 one's root in the register as long as there may be live contexts below it.
 *     5  fire     timers off, then callbacks, in the order in which they were reached.
 * </pre>
 *
 * <p>Why nobody deadlocks: waiting is entering a monitor, which is done with no monitor held, and
 * the holder of one (step 1) takes only nodes' monitors, one at a time, and waits for no
 * cancellation. Publishing comes before waiting, so two cancellations that met each other both get
 * on.
 *
 * <p>Why none is passed over: by induction down any path of registers from root. A child either was
 * in the register when its parent was marked, or came later and was born done. One that was in it
 * and done already is the root of, or was reached by, a cancellation that was recorded, or that one
 * had settled. One that had left it was below a settled cancellation (step 4).
 *
 * <p>Whoever comes late (a loser of {@link CancelCtx#cancel()}, a callback for a done context) does
 * step 3 and no more, so it may wait for marking and never for foreign code. Nothing recurses: the
 * work list is the registers' own links, taken over whole (C10).
 *
 * <p>Why want of memory loses nothing (C40): all that steps 1 and 2 need is made before the first
 * mark, and whatever fails after that, in step 3 or for the err of a listener, leaves what is still
 * to be done in the marking, with which a thread of the library goes on. Foreign code is not tried
 * again.
 */
final class Cancellation {
  private static final VarHandle ERR = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "err", VarHandle.class, Cancellation.class, Object.class);

  private static final LazyErr CANCELED = new LazyErr(null, false);
  private static final LazyErr CLOSED = new LazyErr(null, true);

  /**
   * What a {@link CanceledException} is made of when somebody asks for it; most cancellations end
   * unasked.
   */
  private record LazyErr(@Nullable String name, boolean closed) {
    CtxException make(@Nullable Throwable cause) {
      return closed ? CanceledException.closed(name) : CanceledException.canceled(name, cause);
    }
  }

  /**
   * A {@link CtxException}, or what it is made of: a {@link LazyErr}, or the deadline that has
   * passed. Then the first who asks replaces it, for all (C1, C3). Read and written as volatile but
   * where nobody else has this yet: that spares each cancellation a fence.
   */
  @SuppressWarnings("UnusedVariable") // by ERR
  private Object err;

  /** Set before anything is marked. */
  private @Nullable Throwable cause;

  /** Null: everything below is done, and nobody needs to wait any more. */
  private volatile @Nullable Marking marking;

  private Cancellation(Object err, @Nullable Throwable cause) {
    this.err = err;
    this.cause = cause;
    if (CtxException.DEBUG) { // then its stack trace says who canceled (C33)
      this.err = make(err);
    }
  }

  static Cancellation canceled(Path path, @Nullable Throwable cause) {
    String name = path.name();
    return new Cancellation(name == null ? CANCELED : new LazyErr(name, false), cause);
  }

  static Cancellation closed(Path path) {
    String name = path.name();
    return new Cancellation(name == null ? CLOSED : new LazyErr(name, true), null);
  }

  static Cancellation exceeded(DeadlinePath deadline) {
    return new Cancellation(deadline, null);
  }

  /** Asks for the cause; on the thread of the callbacks, before anything is done (C16). */
  void ask(Supplier<? extends @Nullable Throwable> supplier, DeadlinePath deadline) {
    try {
      cause = supplier.get();
    } catch (Throwable e) {
      ForeignCode.report(e);
    }
    if (CtxException.DEBUG) { // then it was made without the cause
      err = deadline;
      try {
        err = make(deadline);
      } catch (OutOfMemoryError e) {
        // then it is made when somebody asks, and its stack trace says that
      }
    }
  }

  CtxException err() {
    Object err = ERR.getVolatile(this);
    if (err instanceof CtxException made) {
      return made;
    }
    CtxException made = make(err);
    Object witness = ERR.compareAndExchange(this, err, made);
    return witness == err ? made : (CtxException) witness;
  }

  private CtxException make(Object of) {
    return of instanceof DeadlinePath deadline
        ? DeadlineExceededException.exceeded(deadline.name(), cause, deadline.instant())
        : ((LazyErr) of).make(cause);
  }

  Throwable cause() {
    return cause == null ? err() : cause;
  }

  /**
   * Makes the node and all below it done, and runs their callbacks.
   *
   * @param dispatcher where foreign code runs; null: here, before this returns
   * @return false: it was done before; then all below it is done, too
   * @throws OutOfMemoryError nothing was done; or, only where there is no dispatcher, all is
   *     marked, and what is left to do was handed to the system's timer (C40)
   */
  boolean run(Node root, @Nullable Dispatcher dispatcher) {
    return run(root, null, dispatcher);
  }

  /** With a marking that was made before, so that no memory is needed until all is marked. */
  boolean run(Node root, @Nullable Marking spare, @Nullable Dispatcher dispatcher) {
    Link leaf = root.markLeaf(this); // settled from the start: there is nothing below to wait for
    if (leaf == null) {
      return runAll(root, spare == null ? new Marking(this, root) : spare, dispatcher);
    }
    root.leaveParents();
    root.disarm();
    if (leaf instanceof DoneListener callback) {
      if (dispatcher == null) {
        fire(callback);
      } else {
        dispatcher.execute(callback);
      }
    }
    return true;
  }

  private void fire(DoneListener callback) {
    try {
      callback.prepare(this);
    } catch (OutOfMemoryError e) {
      SystemTime.INSTANCE.finish(callback);
      throw e;
    }
    callback.fire(this);
  }

  private boolean runAll(Node root, Marking marking, @Nullable Dispatcher dispatcher) {
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
    try {
      settle(marking);
      if (dispatcher == null) {
        marking.disarm();
        fireCallbacks(marking);
      } else {
        marking.disarmOnSystemTime();
        if (marking.callsForeignCode()) {
          dispatcher.execute(marking);
        }
      }
    } catch (OutOfMemoryError e) {
      SystemTime.INSTANCE.finish(marking);
      if (dispatcher == null) {
        throw e;
      }
    }
    return true;
  }

  /** Does what is left after step 2, on a thread of the library. */
  void finishOnWorker(Marking marking) {
    settle(marking);
    boolean apart = marking.runsApart();
    if (!apart) {
      marking.disarm();
    }
    for (DoneListener next = marking.next(); next != null; next = marking.next()) {
      if (apart && !next.runsApart()) { // foreign code, the rest, has other threads
        SystemTime.INSTANCE.finish(marking);
        return;
      }
      next.prepare(this);
      marking.callbacks.poll();
      next.fire(this);
      LibraryThreads.reset();
    }
    marking.disarm();
  }

  /** Steps 3 and 4. */
  private void settle(Marking marking) {
    if (this.marking != null) {
      if (marking.hasConcurrent()) {
        awaitSettled();
        forget(marking);
      }
      this.marking = null;
    }
    marking.leaveParents();
  }

  private synchronized void forget(Marking marking) {
    marking.forgetConcurrent();
  }

  /** Takes over the register of a node that is being marked by this; of one that had any. */
  void take(Link register) {
    requireNonNull(marking).open.addAll(register);
  }

  /** The same of a node whose turn it is: what it has comes next. */
  void takeInPlace(Link register) {
    requireNonNull(marking).open.addAllFirst(register);
  }

  private void markBelow(Marking marking) {
    LinkQueue open = marking.open;
    for (Link link = open.peek(); link != null; link = open.peek()) {
      if (link instanceof DoneListener) {
        marking.callbacks.addAll(open.pollListeners());
        continue;
      }
      open.poll();
      if (link instanceof Node child) {
        if (child.mark(this)) {
          child.marked();
          if (child.isTimed()) {
            marking.addTimed(child);
          }
        } else if (isConcurrent(child.end)) {
          marking.recordConcurrent(link);
        }
      } else {
        MergedNode child = ((MergedNode.ParentLink) link).child;
        Cancellation claim = child.claim();
        if (claim == this && child.mark(this)) {
          marking.addMerged(child);
        } else if (isConcurrent(claim) || isConcurrent(child.end)) {
          marking.recordConcurrent(link);
        }
      }
    }
  }

  /** Whether it is another one, below which there may be live contexts. */
  boolean isConcurrent(@Nullable Cancellation other) {
    return other != null && other != this && other.marking != null;
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

  /**
   * To enter is to wait: the monitor is held from before the first mark is seen until the last is
   * set.
   */
  private synchronized List<Cancellation> awaitMarked() {
    Marking marking = this.marking;
    return marking == null ? List.of() : marking.unsettled();
  }

  private void fireCallbacks(Marking marking) {
    for (DoneListener next = marking.next(); next != null; next = marking.next()) {
      next.prepare(this);
      marking.callbacks.poll();
      next.fire(this);
    }
  }

  /**
   * Has the JVM load what an end needs: a class that fails to for want of memory may do so for
   * good.
   */
  static void load() {
    try {
      var root = new Path.Root("", TimeSource.system());
      canceled(root, null).err();
      exceeded(DeadlinePath.after(root, Duration.ZERO)).err();
      ForeignCode.unregister(() -> false);
    } catch (OutOfMemoryError e) {
      // then it is loaded when it is needed
    }
  }
}
