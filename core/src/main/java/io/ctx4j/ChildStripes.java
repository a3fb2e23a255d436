package io.ctx4j;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What the children of one node share: the path of the plain ones, and once several threads derive by
 * turns, a register in stripes.
 *
 * <p>A stripe is a child of the node like any other, but that nobody has a handle of it. Threads register
 * their children in different stripes, so that they neither wait for each other nor write to what the
 * others read: with one register, two threads under one parent got less done than one alone. For a
 * cancellation a stripe is one more level of the tree, and all that holds for trees holds for it. A
 * parent of which one thread derives, or few children by turns, never has stripes.
 */
final class ChildStripes {
  static final Object OF_ONE = new Object();

  /** So often another thread than the last must have come. */
  private static final int CONTENTION_THRESHOLD = 64;

  /** A power of two: some four times as many as threads run at a time, so that two seldom meet. */
  private static final int STRIPES =
      Integer.highestOneBit(4 * Math.min(32, Runtime.getRuntime().availableProcessors()));

  final Path.Cancel childPath;

  /** Who came last, and how often that was another; racy, as it need not be exact. */
  private long lastThread;

  private int turns;
  private volatile @Nullable AtomicReferenceArray<@Nullable Stripe> stripes;

  ChildStripes(Path.Cancel childPath) {
    this.childPath = childPath;
  }

  Node register(Node parent) {
    long thread = Thread.currentThread().getId();
    AtomicReferenceArray<@Nullable Stripe> stripes = this.stripes;
    if (stripes == null) {
      if (thread != lastThread) {
        lastThread = thread;
        if (++turns > CONTENTION_THRESHOLD) {
          stripe(STRIPES);
        }
      }
      return parent;
    }
    int index = (int) thread & (stripes.length() - 1); // a pool's were made one after the other
    Stripe stripe = stripes.get(index);
    return stripe == null ? add(stripes, index, parent) : stripe;
  }

  void stripe(int stripes) {
    this.stripes = new AtomicReferenceArray<>(stripes);
  }

  private static Node add(AtomicReferenceArray<@Nullable Stripe> stripes, int index, Node parent) {
    var stripe = new Stripe(parent);
    if (!parent.add((Node) stripe)) {
      return parent; // done: so will be the child
    }
    Stripe witness = stripes.compareAndExchange(index, null, stripe);
    if (witness == null) {
      return stripe;
    }
    stripe.leaveParents();
    return witness;
  }
}
