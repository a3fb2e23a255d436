package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cancel state of a context: how it ended, and the register of what waits for its end.
 *
 * <pre>
 *             derive, listen                    mark, by one Cancellation
 *   live  ─────────────────────►  live  ─────────────────────────────────►  done
 *   end == null                   the register grows and shrinks            end == the cancellation,
 *                                                                           no register, never again
 * </pre>
 *
 * <p>A handle has a node only if it can ever be done; value and name layers share that of the context
 * that they stand on, so that {@code isDone()} costs the same through a hundred of them. The register is
 * one doubly linked list through the entries themselves, in the order of registration: children
 * (nodes), links of merged children, and callbacks ({@link DoneListener}).
 *
 * <p>Everything but {@link #end} is guarded by this node's monitor, which is held for a few steps, never
 * while foreign code runs and never together with another node's. Which marks and who waits for whom:
 * {@link Cancellation}. The file is long because the two special kinds of node, which see its register,
 * stand in it.
 */
class Node extends Link {

  /** How this context was derived; that of the handle which the derivation returned. */
  final Path path;

  /** How this context ended; null: live. */
  volatile @Nullable Cancellation end;

  /** The nearest cancelable one above, while this stands in its register. */
  private @Nullable Node parent;

  private @Nullable Link first;

  /**
   * What its children share: nothing yet, {@link Brood#OF_ONE}, the path of a plain child, or from the
   * second child on a {@link Brood}. Racy: whoever comes second makes one of its own, which does no harm.
   */
  private @Nullable Object shared;

  Node(Path path) {
    this.path = path;
  }

  /** A child of {@code parent}, live or done as that is; null: of a context that can never be done. */
  static Node child(Path path, @Nullable Node parent) {
    return adopt(new Node(path), parent);
  }

  private static <N extends Node> N adopt(N child, @Nullable Node parent) {
    Node node = child;
    if (parent != null) {
      Node register = parent.forChildren();
      node.parent = register;
      // who knows that the parent is done must not get a live child, though a part lives a moment
      // longer
      if (parent.end != null || !register.add(node)) {
        node.parent = null;
        node.end = parent.end;
      }
    }
    return child;
  }

  /** The path of a plain child: one object for all that are derived from the node's own handle. */
  Path childPath(Path of) {
    if (of != path) { // through layers, whose values must not be held here
      return new Path.Cancel(of);
    }
    Object shared = this.shared;
    if (shared instanceof Brood brood) {
      return brood.childPath;
    }
    if (shared instanceof Path.Cancel first) {
      this.shared = new Brood(first);
      return first;
    }
    var first = new Path.Cancel(of);
    this.shared = first;
    return first;
  }

  /** Where the calling thread registers a child: here, or in its part of the register. */
  private Node forChildren() {
    Object shared = this.shared;
    if (shared instanceof Brood brood) {
      return brood.register(this);
    }
    if (shared == null) {
      this.shared = Brood.OF_ONE;
    } else if (shared == Brood.OF_ONE) {
      this.shared = new Brood(new Path.Cancel(path));
    }
    return this;
  }

  /** Divides the register at once, for tests; with one part all threads meet in it. */
  final void divide(int parts) {
    var brood = new Brood(new Path.Cancel(path));
    brood.divide(parts);
    shared = brood;
  }

  /** Registers a callback; false: this is done, and nothing was registered. */
  synchronized boolean add(DoneListener listener) {
    if (end != null) {
      return false;
    }
    listener.registeredOn(this);
    append(listener);
    return true;
  }

  synchronized boolean remove(DoneListener listener) {
    if (end != null || !listener.deregister(this)) {
      return false;
    }
    unlink(listener);
    return true;
  }

  private synchronized boolean add(Node child) {
    if (end != null) {
      return false;
    }
    append(child);
    return true;
  }

  private synchronized boolean add(Merged.Way child) {
    if (end != null) {
      return false;
    }
    prepend(child);
    return true;
  }

  private synchronized void removeChild(Link child) {
    if (end == null) { // else the register, and the child in it, belong to a cancellation
      unlink(child);
    }
  }

  /** Leaves the parent's register; called by the cancellation that began here, when all is marked. */
  void leaveParents() {
    Node parent = this.parent;
    if (parent != null) {
      parent.removeChild(this);
      this.parent = null;
    }
  }

  /**
   * Makes this node done by the given cancellation and hands that the register.
   *
   * @return false: it was done before
   */
  synchronized boolean mark(Cancellation by) {
    if (end != null) {
      return false;
    }
    for (Link link = first; link instanceof Merged.Way way; link = link.next) {
      way.child.claim(by);
    }
    if (first != null) {
      by.take(first);
      first = null;
    }
    end = by;
    return true;
  }

  /**
   * Marks a node whose end concerns nobody else but perhaps one callback, without a walk.
   *
   * @return the callback, or this where there is none; null: done before, or there is more to it
   */
  final synchronized @Nullable Link markLeaf(Cancellation by) {
    Link only = first;
    if (end != null || (only != null && (only.next != null || !(only instanceof DoneListener)))) {
      return null;
    }
    first = null;
    end = by;
    if (only == null) {
      return this;
    }
    only.prev = null;
    return only;
  }

  /** For the cancellation that marked this node from above: it stands in no register any more. */
  void marked() {
    parent = null;
  }

  /** Takes the timer off, if there is one; may run foreign code. */
  void disarm() {}

  /** Whether {@link #disarm()} has anything to do. */
  boolean isTimed() {
    return false;
  }

  /** Whether nothing that {@link #disarm()} calls is foreign. */
  final boolean isOnSystemTime() {
    return path.time() == SystemTime.INSTANCE;
  }

  private void append(Link link) {
    Link first = this.first;
    if (first == null) {
      link.prev = link;
      this.first = link;
    } else {
      Link last = last(first);
      last.next = link;
      link.prev = last;
      first.prev = link;
    }
  }

  private void prepend(Link link) {
    Link first = this.first;
    if (first == null) {
      link.prev = link;
    } else {
      link.next = first;
      link.prev = first.prev;
      first.prev = link;
    }
    this.first = link;
  }

  private void unlink(Link link) {
    Link first = this.first;
    Link next = link.next;
    Link prev = link.prev;
    if (first == null || prev == null) { // a way that was never added
      return;
    }
    if (link == first) {
      this.first = next;
    } else {
      prev.next = next;
    }
    if (next != null) {
      next.prev = prev;
    } else {
      first.prev = prev;
    }
    link.prev = null;
    link.next = null;
  }

  private static Link last(Link first) {
    return requireNonNull(first.prev);
  }

  /** A look at the register, for people: the live children at one moment. */
  final List<Node> children() {
    List<Node> children = new ArrayList<>();
    for (Node child : registered()) {
      if (child instanceof Part) {
        children.addAll(child.registered());
      } else {
        children.add(child);
      }
    }
    return children;
  }

  private synchronized List<Node> registered() {
    List<Node> children = new ArrayList<>();
    for (Link link = first; link != null; link = link.next) {
      Node child =
          link instanceof Merged.Way way ? way.child : link instanceof Node node ? node : null;
      if (child != null && child.end == null) {
        children.add(child);
      }
    }
    return children;
  }

  /**
   * What the children of one node share: the path of the plain ones, and once several threads derive by
   * turns, a register in parts.
   *
   * <p>A part is a child of the node like any other, but that nobody has a handle of it. Threads register
   * their children in different parts, so that they neither wait for each other nor write to what the
   * others read: with one register, two threads under one parent got less done than one alone. For a
   * cancellation a part is one more level of the tree, and all that holds for trees holds for it. A
   * parent of which one thread derives, or few children by turns, never has parts.
   */
  private static final class Brood {
    static final Object OF_ONE = new Object();

    /** So often another thread than the last must have come. */
    private static final int TURNS = 64;

    /** A power of two: some four times as many as threads run at a time, so that two seldom meet. */
    private static final int PARTS =
        Integer.highestOneBit(4 * Math.min(32, Runtime.getRuntime().availableProcessors()));

    final Path.Cancel childPath;

    /** Who came last, and how often that was another; racy, as it need not be exact. */
    private long lastThread;

    private int turns;
    private volatile @Nullable AtomicReferenceArray<@Nullable Part> parts;

    Brood(Path.Cancel childPath) {
      this.childPath = childPath;
    }

    Node register(Node parent) {
      long thread = Thread.currentThread().getId();
      AtomicReferenceArray<@Nullable Part> parts = this.parts;
      if (parts == null) {
        if (thread != lastThread) {
          lastThread = thread;
          if (++turns > TURNS) {
            divide(PARTS);
          }
        }
        return parent;
      }
      int index = (int) thread & (parts.length() - 1); // a pool's were made one after the other
      Part part = parts.get(index);
      return part == null ? add(parts, index, parent) : part;
    }

    void divide(int parts) {
      this.parts = new AtomicReferenceArray<>(parts);
    }

    private static Node add(AtomicReferenceArray<@Nullable Part> parts, int index, Node parent) {
      var part = new Part(parent);
      if (!parent.add((Node) part)) {
        return parent; // done: so will be the child
      }
      Part witness = parts.compareAndExchange(index, null, part);
      if (witness == null) {
        return part;
      }
      part.leaveParents();
      return witness;
    }
  }

  /** A part of a node's register: see {@link Brood}. */
  private static final class Part extends Node {
    /** The parts of one register are not to share a cache line, whoever moves them together. */
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10;

    Part(Node of) {
      super(of.path);
      ((Node) this).parent = of;
    }
  }

  /** A context with several parents: in each one's register stands a {@link Way} to it. */
  static final class Merged extends Node {
    private static final VarHandle CLAIM = ConstantBootstraps.fieldVarHandle(
        MethodHandles.lookup(), "claim", VarHandle.class, Merged.class, Cancellation.class);

    /** Stands for a merged child in one parent's register, before all that is not such a way. */
    static final class Way extends Link {
      final Merged child;
      private final Node to;

      private Way(Merged child, Node to) {
        this.child = child;
        this.to = to;
      }
    }

    private List<Way> ways = List.of();

    /**
     * The cancellation that was the first to make a parent done. It, and no other that comes down
     * another way, marks this context, with the err of that parent (C24). Set while that parent's
     * monitor is held and before its end can be seen, so that who saw the parent done comes second.
     */
    private volatile @Nullable Cancellation claim;

    private Merged(Path path) {
      super(path);
    }

    static Merged of(Path path, Set<Node> parents) {
      var merged = new Merged(path);
      if (parents.stream().noneMatch(merged::endedWith)) {
        merged.ways = parents.stream().map(parent -> new Way(merged, parent)).toList();
        merged.register();
      }
      return merged;
    }

    private boolean endedWith(Node parent) {
      end = parent.end;
      return end != null;
    }

    private void register() {
      List<Way> ways = this.ways;
      for (Way way : ways) {
        if (!way.to.add(way)) {
          Cancellation by = requireNonNull(way.to.end);
          claim(by);
          if (claim == by) { // nobody knows this context yet: there is nothing to tell
            mark(by);
          }
          break;
        }
      }
      Cancellation claim =
          this.claim; // read before the end: leave() takes it back after that is set
      if (claim != null
          || end != null) { // a parent has ended meanwhile: what that left to do is done here
        if (claim != null && end == null) {
          claim.awaitSettled();
        }
        leave(ways);
      }
    }

    void claim(Cancellation by) {
      CLAIM.compareAndSet(this, null, by);
    }

    @Nullable Cancellation claim() {
      return claim;
    }

    @Override
    void leaveParents() {
      leave(ways);
    }

    private void leave(List<Way> ways) {
      for (Way way : ways) {
        way.to.removeChild(way);
      }
      this.ways = List.of();
      claim = null; // it may be another's than the end
    }
  }

  /** A context whose own deadline counts, on the system's time and without foreign code of its own. */
  static sealed class Timed extends Node {
    /** The neighbors in a list of the timer, which owns these two. */
    @Nullable Timed earlier;

    @Nullable Timed later;

    Timed(DeadlinePath deadline) {
      super(deadline);
    }

    /** A child of {@code parent} that its own deadline ends. */
    static Node child(
        DeadlinePath deadline,
        @Nullable Supplier<? extends @Nullable Throwable> cause,
        @Nullable Node parent) {
      boolean plain = cause == null && deadline.time() == SystemTime.INSTANCE;
      return adopt(plain ? new Timed(deadline) : new Foreign(deadline, cause), parent)
          .armed();
    }

    /** A child of {@code parent} that its own deadline has ended (C14). */
    static Node past(
        DeadlinePath deadline,
        @Nullable Supplier<? extends @Nullable Throwable> cause,
        @Nullable Node parent) {
      var node = new Node(deadline);
      if (parent == null || parent.end == null) {
        node.end = Cancellation.exceeded(deadline, cause);
      }
      if (parent != null && parent.end != null) { // perhaps the supplier canceled it
        node.end = parent.end;
      }
      return node;
    }

    private Timed armed() {
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

    /** The deadline fires on the system's timer thread, which has taken this off before. */
    void expire(@Nullable Executor workers) {
      if (end == null) {
        Cancellation.exceeded(deadline(), null).run(this, workers);
      }
    }
  }

  /** A timed context with a supplier, or a timer of another time source: foreign code. */
  static final class Foreign extends Timed implements Runnable {
    private static final VarHandle TIMER = ConstantBootstraps.fieldVarHandle(
        MethodHandles.lookup(), "timer", VarHandle.class, Foreign.class, Ctx.Registration.class);

    private static final Ctx.Registration NONE = () -> false;

    private @Nullable Supplier<? extends @Nullable Throwable> cause;

    /** Null until another time source's is armed; {@link #NONE} once this has fired or is not wanted any more. */
    private volatile Ctx.@Nullable Registration timer;

    private Foreign(
        DeadlinePath deadline, @Nullable Supplier<? extends @Nullable Throwable> cause) {
      super(deadline);
      this.cause = cause;
    }

    @Override
    void arm() {
      if (isOnSystemTime()) {
        super.arm();
        return;
      }
      Duration delay = Duration.ofNanos(Math.max(1, deadline().leftNanos()));
      Ctx.Registration armed = requireNonNull(path.time().schedule(this, delay), "schedule");
      if (!TIMER.compareAndSet(this, null, armed)) {
        unregister(armed);
      }
    }

    @Override
    void disarm() {
      cause = null;
      if (isOnSystemTime()) {
        super.disarm();
      }
      if (timer != NONE) {
        var armed = (Ctx.Registration) TIMER.getAndSet(this, NONE);
        if (armed != null) {
          unregister(armed);
        }
      }
    }

    private static void unregister(Ctx.Registration timer) {
      try {
        timer.unregister();
      } catch (Throwable e) {
        Cancellation.report(e);
      }
    }

    /** The deadline fires on another time source, where all happens here and now, or on a worker. */
    @Override
    public void run() {
      expire(null);
    }

    /** The marking is our own code; the supplier is not, so where there is one, all of it goes to a worker. */
    @Override
    void expire(@Nullable Executor workers) {
      Supplier<? extends @Nullable Throwable> cause = this.cause;
      if (workers != null && cause != null) {
        workers.execute(this);
      } else if (TIMER.getAndSet(this, NONE) != NONE && end == null) {
        Cancellation.exceeded(deadline(), cause).run(this, workers);
      }
    }
  }
}
