package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
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
 * {@link Cancellation}.
 */
class Node extends Link {

  /** How this context was derived; that of the handle which the derivation returned. */
  final Path path;

  /** How this context ended; null: live. */
  volatile @Nullable Cancellation end;

  /** The nearest cancelable one above, while this stands in its register. */
  @Nullable Node parent;

  private @Nullable Link first;

  /**
   * What its children share: nothing yet, {@link ChildStripes#OF_ONE}, the path of a plain child, or from the
   * second child on a {@link ChildStripes}. Racy: whoever comes second makes one of its own, which does no harm.
   */
  private @Nullable Object shared;

  Node(Path path) {
    this.path = path;
  }

  /** A child of {@code parent}, live or done as that is; null: of a context that can never be done. */
  static Node child(Path path, @Nullable Node parent) {
    return adopt(new Node(path), parent);
  }

  static <N extends Node> N adopt(N child, @Nullable Node parent) {
    Node node = child;
    if (parent != null) {
      Node register = parent.forChildren();
      node.parent = register;
      // who knows that the parent is done must not get a live child, though a stripe lives a moment
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
    if (shared instanceof ChildStripes striped) {
      return striped.childPath;
    }
    if (shared instanceof Path.Cancel first) {
      this.shared = new ChildStripes(first);
      return first;
    }
    var first = new Path.Cancel(of);
    this.shared = first;
    return first;
  }

  /** Where the calling thread registers a child: here, or in its stripe of the register. */
  private Node forChildren() {
    Object shared = this.shared;
    if (shared instanceof ChildStripes striped) {
      return striped.register(this);
    }
    if (shared == null) {
      this.shared = ChildStripes.OF_ONE;
    } else if (shared == ChildStripes.OF_ONE) {
      this.shared = new ChildStripes(new Path.Cancel(path));
    }
    return this;
  }

  /** Stripes the register at once, for tests; with one stripe all threads meet in it. */
  final void stripe(int stripes) {
    var striped = new ChildStripes(new Path.Cancel(path));
    striped.stripe(stripes);
    shared = striped;
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

  synchronized boolean add(Node child) {
    if (end != null) {
      return false;
    }
    append(child);
    return true;
  }

  synchronized boolean add(MergedNode.ParentLink child) {
    if (end != null) {
      return false;
    }
    prepend(child);
    return true;
  }

  synchronized void removeChild(Link child) {
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
    for (Link link = first; link instanceof MergedNode.ParentLink merged; link = link.next) {
      merged.child.claim(by);
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
    if (first == null || prev == null) { // a link that was never added
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
      if (child instanceof Stripe) {
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
      Node child = link instanceof MergedNode.ParentLink merged
          ? merged.child
          : link instanceof Node node ? node : null;
      if (child != null && child.end == null) {
        children.add(child);
      }
    }
    return children;
  }
}
