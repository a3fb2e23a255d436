package io.ctx4j;

import org.jspecify.annotations.Nullable;

/**
 * What the entries of one node share: the path of the plain children, and once several threads
 * register by turns, a register in stripes.
 *
 * <p>A context that has few entries in its life needs nothing of this. So {@link Register#shared}
 * is null at first, then counts them ({@link Few}) or is the path of its first plain child, and is
 * one of these for all that come after.
 *
 * <p>A stripe is a child of the node like any other, but that nobody has a handle of it. Threads
 * register their children and listeners in different stripes, so that they neither wait for each
 * other nor write to what the others read: with one register, two threads under one parent got less
 * done than one alone. For a cancellation a stripe is one more level of the tree, and all that
 * holds for trees holds for it; but it takes a stripe's register over in the place where the stripe
 * stood. A node at which one thread registers, or few by turns, never has stripes.
 *
 * <p><b>The order of callbacks (C7).</b> Listeners have one among those of their thread, and with
 * the callbacks of all threads. Therefore callbacks never stand in a stripe, and a stripe of
 * listeners never holds some from before a callback and some from after it:
 *
 * <pre>
 *   register   c1  l l l  [stripe of l l l]  [stripe of l l]  c2  l l l  [stripe of l l] …
 *                         '-- opened: threads came by turns --'    '-- closed by c2, and opened again
 * </pre>
 *
 * <p>Opening, closing and adding a stripe are done with the node's monitor held, and so is adding a
 * listener to the node itself, which no thread does while stripes are open. So what a thread
 * registers later stands later, in its stripe or behind. Who has found stripes that are closed
 * meanwhile may still use its stripe: it and the callback came at the same time.
 *
 * <p>{@link Register#shared} is racy. A node may have two of these for a moment, as threads make
 * one without a monitor. Then one is lost, and its stripes get no entries any more but from who is
 * about to register.
 */
final class Sharing {
  /** How many entries have come to a node that needs nothing of this yet. */
  record Few(int entries) {
    /** A context that has so few children and listeners in its life does without. */
    private static final int MAX = 4;

    private static final Few[] ALL = new Few[MAX];

    static {
      for (int i = 0; i < MAX; i++) {
        ALL[i] = new Few(i + 1);
      }
    }

    static final Few ONE = ALL[0];

    /** With one more; null: these are no longer few. */
    @Nullable Few more() {
      return entries < MAX ? ALL[entries] : null;
    }
  }

  /** So often another thread than the last must have come before there are stripes. */
  private static final int CONTENTION_THRESHOLD = 64;

  /**
   * So often the stripes of listeners are opened; those that are closed stay in the register, if
   * empty.
   */
  private static final int MAX_OPENINGS = 8;

  private final Path.Cancel childPath;

  /** Who came last, and how often that was another; racy, as it need not be exact. */
  private long lastThread;

  private int threadChanges;

  private volatile @Nullable Stripes<Stripe> children;
  private volatile @Nullable Stripes<Stripe> listeners;

  /** Changed with the node's monitor held. */
  private int openings;

  Sharing(Path.Cancel childPath) {
    this.childPath = childPath;
  }

  /**
   * The path of a plain child of the node: one object for all that are derived from its own handle.
   */
  static Path childPath(Node node, Path of) {
    if (of != node.path) { // through layers, whose values must not be held here
      return new Path.Cancel(of);
    }
    Object shared = node.shared;
    if (shared instanceof Sharing sharing) {
      return sharing.childPath;
    }
    if (shared instanceof Path.Cancel first) {
      node.shared = new Sharing(first);
      return first;
    }
    var first = new Path.Cancel(of);
    node.shared = first;
    return first;
  }

  /**
   * Where the calling thread registers a child of the node: there, or in its stripe of the
   * register.
   */
  static Node forChild(Node node, Node child) {
    Object shared = node.shared;
    if (shared instanceof Sharing sharing) {
      return sharing.stripeOr(node);
    }
    if (shared != child.path) { // else that has just been put there
      count(node, shared);
    }
    return node;
  }

  /** The stripes in which a listener of the node registers now; null: in the node itself. */
  static @Nullable Stripes<Stripe> forListener(Node node) {
    Object shared = node.shared;
    if (shared instanceof Sharing sharing) {
      Stripes<Stripe> listeners = sharing.listeners;
      return listeners == null && sharing.wantsListeners() ? node.openStripes(sharing) : listeners;
    }
    count(node, shared);
    return null;
  }

  /** Another entry has come, where there is no sharing yet. */
  private static void count(Node node, @Nullable Object shared) {
    if (shared instanceof Path.Cancel first) {
      node.shared = new Sharing(first);
    } else {
      Object more = shared instanceof Few few ? few.more() : Few.ONE;
      node.shared = more == null ? new Sharing(new Path.Cancel(node.path)) : more;
    }
  }

  /** The calling thread's stripe of the children; the node itself where there is none. */
  private Node stripeOr(Node node) {
    Stripes<Stripe> children = this.children;
    if (children == null) {
      if (isContended()) {
        this.children = new Stripes<>(Stripe.COUNT);
      }
      return node;
    }
    Stripe stripe = node.stripe(children);
    return stripe == null ? node : stripe; // null: done, and so will be the child
  }

  /** The stripes in which listeners register now; null: in the node itself. */
  @Nullable Stripes<Stripe> listeners() {
    return listeners;
  }

  /** Whether it is time to open stripes for listeners. */
  private boolean wantsListeners() {
    return openings < MAX_OPENINGS && isContended();
  }

  /** With the node's monitor held; the node is live. */
  Stripes<Stripe> openListeners() {
    Stripes<Stripe> listeners = this.listeners;
    if (listeners == null) {
      openings++;
      listeners = new Stripes<>(Stripe.COUNT);
      this.listeners = listeners;
    }
    return listeners;
  }

  /**
   * A callback comes, behind which all later listeners are to stand; with the node's monitor held.
   */
  void closeListeners() {
    if (listeners != null) {
      listeners = null;
      threadChanges = 0;
    }
  }

  /** Whether stripes may be added to these still. */
  boolean has(Stripes<Stripe> stripes) {
    return stripes == listeners || stripes == children;
  }

  /** At once, for tests. */
  void stripe(int count) {
    children = new Stripes<>(count);
    listeners = new Stripes<>(count);
  }

  /** Counts the calling thread in; whether threads have come by turns often enough for stripes. */
  private boolean isContended() {
    long id = Thread.currentThread().getId();
    if (id != lastThread) {
      lastThread = id;
      threadChanges++;
    }
    return threadChanges > CONTENTION_THRESHOLD;
  }
}
