package io.ctx4j;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Cancellation} of more than one node collects: filled in step 1, and used up by the
 * steps after it, by whoever does them.
 *
 * <p>It is made before anything is marked, and everything in it stands there by links of its own.
 * So from the first mark on no memory is needed to know what is still to be done (C40).
 */
final class Marking extends WorkerTask {
  private final Cancellation by;

  /** What is still to be marked. */
  final LinkQueue open = new LinkQueue();

  final LinkQueue callbacks = new LinkQueue();

  /** The node where it began, until it has left its parents and its timer is off. */
  private @Nullable Node root;

  /**
   * These three are stacks: timed nodes, merged ones, and what another cancellation had marked
   * before.
   */
  private @Nullable Link timed;

  private @Nullable Link merged;

  /**
   * Guarded by the cancellation's monitor, and so is what it refers to; see {@link #unsettled()}.
   */
  private @Nullable Link concurrent;

  private @Nullable List<Cancellation> unsettled;

  Marking(Cancellation by, Node root) {
    this.by = by;
    this.root = root;
  }

  void addTimed(Node node) {
    node.next = timed;
    timed = node;
  }

  void addMerged(MergedNode node) {
    node.next = merged;
    merged = node;
  }

  /**
   * A child, or the link to a merged one, which another cancellation has made done, or will. It
   * came out of a register that was taken over whole, so nobody else follows its links any more.
   */
  void recordConcurrent(Link link) {
    link.next = concurrent;
    concurrent = link;
  }

  boolean hasConcurrent() {
    return concurrent != null;
  }

  /**
   * The concurrent cancellations that are not settled. Which they are is looked up when somebody
   * waits for them, with the cancellation's monitor held. Of a merged child both count, that which
   * has the claim and that which is its end; where there is no claim any more the child has left
   * its parents, and is settled.
   */
  List<Cancellation> unsettled() {
    List<Cancellation> unsettled = this.unsettled;
    if (unsettled == null) {
      unsettled = new ArrayList<>();
      for (Link link = concurrent; link != null; link = link.next) {
        if (link instanceof Node node) {
          addUnsettled(node.end, unsettled);
        } else {
          MergedNode child = ((MergedNode.ParentLink) link).child;
          // the claim before the end: that is set when this is taken back
          addUnsettled(child.claim(), unsettled);
          addUnsettled(child.end, unsettled);
        }
      }
      this.unsettled = unsettled;
    }
    return unsettled;
  }

  private void addUnsettled(@Nullable Cancellation other, List<Cancellation> unsettled) {
    if (other != null && by.isConcurrent(other)) {
      unsettled.add(other);
    }
  }

  /** All is settled: nobody needs to be waited for. The cancellation's monitor is held. */
  void forgetConcurrent() {
    unsettled = null;
    for (Link link = concurrent; link != null; link = concurrent) {
      concurrent = link.next;
      link.next = null;
    }
  }

  void leaveParents() {
    Node root = this.root;
    if (root != null) {
      root.leaveParents();
    }
    for (Link link = merged; link != null; link = merged) {
      merged = link.next;
      link.next = null;
      ((Node) link).leaveParents();
    }
    if (root != null) {
      this.root = null;
      root.disarm();
    }
  }

  /** Takes all timers off: those of other time sources are foreign code. */
  void disarm() {
    for (Link link = timed; link != null; link = timed) {
      timed = link.next;
      link.next = null;
      ((Node) link).disarm();
    }
  }

  /** Takes off what is on the system's timer, which is our own code. */
  void disarmOnSystemTime() {
    Link foreign = null;
    for (Link link = timed; link != null; link = timed) {
      timed = link.next;
      link.next = null;
      if (((Node) link).isOnSystemTime()) {
        ((Node) link).disarm();
      } else {
        link.next = foreign;
        foreign = link;
      }
    }
    timed = foreign;
  }

  /** The callback whose turn it is, which stays in the queue. */
  @Nullable DoneListener next() {
    return (DoneListener) callbacks.peek();
  }

  boolean callsForeignCode() {
    return timed != null || !callbacks.isEmpty();
  }

  @Override
  boolean runsApart() {
    DoneListener first = next();
    return first != null && first.runsApart();
  }

  /** On a thread of the library. */
  @Override
  void run() {
    by.finishOnWorker(this);
  }
}
