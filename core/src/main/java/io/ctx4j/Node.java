package io.ctx4j;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * <p>A handle has a node only if it can ever be done; value and name layers share that of the
 * context that they stand on, so that {@code isDone()} costs the same through a hundred of them.
 * The register is one doubly linked list through the entries themselves, in the order of
 * registration: children (nodes), links of merged children, and callbacks ({@link DoneListener}).
 * Where threads meet, parts of it stand in stripes ({@link Sharing}).
 *
 * <p>Everything but {@link #end} is guarded by this node's monitor, which is held for a few steps,
 * never while foreign code runs and never together with another node's. Which marks and who waits
 * for whom: {@link Cancellation}.
 */
class Node extends Register {
  private static final VarHandle END = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "end", VarHandle.class, Node.class, Cancellation.class);

  /** How this context was derived; that of the handle which the derivation returned. */
  final Path path;

  /** How this context ended; null: live. */
  volatile @Nullable Cancellation end;

  /** The nearest cancelable one above, while this stands in its register. */
  @Nullable Node parent;

  Node(Path path) {
    this.path = path;
  }

  /**
   * A child of {@code parent}, live or done as that is; null: of a context that can never be done.
   */
  static Node child(Path path, @Nullable Node parent) {
    return adopt(new Node(path), parent);
  }

  static <N extends Node> N adopt(N child, @Nullable Node parent) {
    Node node = child;
    if (parent != null) {
      Node register = Sharing.forChild(parent, node);
      node.parent = register;
      // a stripe lives a moment longer: who knows that the parent is done must not get a live child
      if (parent.end != null || !register.add(node)) {
        node.parent = null;
        node.end = parent.end;
      }
    }
    return child;
  }

  /** Stripes the register at once, for tests; with one stripe all threads meet in it. */
  final synchronized void stripe(int stripes) {
    var sharing = new Sharing(new Path.Cancel(path));
    sharing.stripe(stripes);
    shared = sharing;
  }

  /**
   * The calling thread's stripe, which is made if need be; null: this is done, or these are not
   * used any more.
   */
  final @Nullable Stripe stripe(Stripes<Stripe> stripes) {
    int index = Stripes.index(Thread.currentThread());
    Stripe stripe = stripes.get(index);
    return stripe == null ? addStripe(stripes, index) : stripe;
  }

  private synchronized @Nullable Stripe addStripe(Stripes<Stripe> stripes, int index) {
    if (end != null || !(shared instanceof Sharing sharing) || !sharing.has(stripes)) {
      return null;
    }
    Stripe stripe = stripes.get(index);
    if (stripe == null) {
      stripe = new Stripe(this);
      append(stripe);
      stripes.set(index, stripe);
    }
    return stripe;
  }

  /**
   * Registers a callback, behind all that are registered; false: this is done, and nothing was
   * registered.
   */
  final synchronized boolean add(Callback callback) {
    if (end != null) {
      return false;
    }
    if (shared instanceof Sharing sharing) {
      sharing.closeListeners();
    }
    callback.registeredFirst(this);
    append(callback);
    return true;
  }

  /**
   * Registers a listener, behind all callbacks and those of the calling thread; false: this is
   * done, and nothing was registered.
   */
  final boolean add(DoneListener listener) {
    while (true) {
      Stripes<Stripe> stripes = Sharing.forListener(this);
      if (stripes == null) {
        synchronized (this) {
          if (!(shared instanceof Sharing sharing) || sharing.listeners() == null) {
            return register(listener);
          }
        }
      } else {
        Stripe stripe = stripe(stripes);
        if (end != null) { // which is so before a stripe is
          return false;
        }
        if (stripe != null) {
          return stripe.register(listener);
        }
      }
    }
  }

  final synchronized boolean register(DoneListener listener) {
    if (end != null) {
      return false;
    }
    listener.registeredOn(this);
    append(listener);
    return true;
  }

  final synchronized @Nullable Stripes<Stripe> openStripes(Sharing sharing) {
    return end == null && sharing == shared ? sharing.openListeners() : null;
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

  /**
   * Leaves the parent's register; called by the cancellation that began here, when all is marked.
   */
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
    for (Link link = first(); link instanceof MergedNode.ParentLink merged; link = link.next) {
      merged.child.claim(by);
    }
    Link all = takeAll();
    if (all != null) {
      handOver(all, by);
    }
    endBy(by);
    return true;
  }

  /** The monitor is held, and is the fence: who looks for the end after entering it sees this. */
  private void endBy(Cancellation by) {
    END.setRelease(this, by);
  }

  /** Gives a cancellation the register, for its turn. */
  void handOver(Link register, Cancellation by) {
    by.take(register);
  }

  /**
   * Marks a node whose end concerns nobody else but perhaps one callback, without a walk.
   *
   * @return the callback, or this where there is none; null: done before, or there is more to it
   */
  final synchronized @Nullable Link markLeaf(Cancellation by) {
    Link only = first();
    if (end != null || (only != null && (only.next != null || !(only instanceof DoneListener)))) {
      return null;
    }
    takeAll();
    endBy(by);
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
    return path.time() == TimeSource.system();
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

  /** The same, with stripes as they stand there. */
  final synchronized List<Node> registered() {
    List<Node> children = new ArrayList<>();
    for (Link link = first(); link != null; link = link.next) {
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
