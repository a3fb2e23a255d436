package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A callback that is its own registration: what an adapter's subscriber extends.
 *
 * <p>Registering allocates nothing. An instance is registered once; after it has fired or was taken
 * off, the context does not hold it and it does not hold the context.
 */
public abstract class DoneListener extends Link {
  private static final VarHandle REGISTERED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "registered", VarHandle.class, DoneListener.class, Node.class);

  /** Fired or taken off. */
  private static final Node TERMINATED = nobodys();

  /** Registered on a context that can never be done: stored nowhere. */
  private static final Node NOWHERE = nobodys();

  /**
   * Where this is registered; null: not yet.
   *
   * <p>Set with that node's monitor held, by a CAS, since two nodes' monitors do not exclude each
   * other; that of a {@link Callback}, which nobody has yet, by a store. As long as the node is
   * live, it is changed with the monitor held and nowhere else: then a plain look decides. From
   * then on the cancellation and unlisten() race to put TERMINATED, and who does has it.
   */
  private volatile @Nullable Node registered;

  /** For subclasses. */
  protected DoneListener() {}

  /** A node that only says what it is by being the one that it is. */
  private static Node nobodys() {
    return new Node(new Path.Root("", TimeSource.system()));
  }

  /**
   * Called once, when the context becomes done, on the thread that makes it so; no lock is held.
   *
   * @param err {@link Ctx#err()}, shared: copy it to send it on
   */
  protected abstract void onDone(CtxException err);

  /**
   * Tells whether this is the library's own word, which does not wait behind foreign code; false.
   *
   * <p>For our adapters. When a deadline on the system's time ends the context, and no callback of
   * another kind comes before this one, it is called on threads that callbacks and supplied causes
   * never have: not even 256 of those that block delay it (C19). It is to block only where a
   * subscriber does.
   */
  protected boolean runsApart() {
    return false;
  }

  /**
   * Registers this on the context.
   *
   * @return false: the context is done already, and so is all below it; nothing was registered and
   *     {@link #onDone} is not called
   * @throws IllegalStateException this was registered before
   */
  protected final boolean listen(Ctx ctx) {
    Node node = ((Handle) requireNonNull(ctx, "ctx")).node;
    if (registered != null) {
      throw new IllegalStateException("registered before");
    }
    if (node == null) {
      registered = NOWHERE;
      return true;
    }
    if (addTo(node)) {
      return true;
    }
    requireNonNull(node.end).awaitSettled();
    return false;
  }

  /**
   * Takes this off its context; does not wait for {@link #onDone} that runs.
   *
   * @return as {@link Ctx.Registration#unregister()}
   */
  protected final boolean unlisten() {
    Node node = registered;
    if (node == null || node == TERMINATED) {
      return false;
    }
    return (node != NOWHERE && node.remove(this)) || leave(node);
  }

  /** Registers this in the node's register; false: the node is done. */
  boolean addTo(Node node) {
    return node.add(this);
  }

  final void registeredOn(Node node) {
    if (!REGISTERED.compareAndSet(this, null, node)) {
      throw new IllegalStateException("registered before");
    }
  }

  /** The same for one that nobody else has yet, so that nobody can register it at the same time. */
  final void registeredFirst(Node node) {
    REGISTERED.setRelease(this, node);
  }

  /** The node is live and its monitor held. False: another call took this off. */
  final boolean deregister(Node node) {
    boolean first = registered == node;
    if (first) {
      // whoever may put TERMINATED, too, enters the monitor first
      REGISTERED.setRelease(this, TERMINATED);
    }
    return first;
  }

  /** On a node that is done, or that never will be. */
  private boolean leave(Node node) {
    return REGISTERED.compareAndSet(this, node, TERMINATED);
  }

  final void fire(Cancellation by) {
    if (REGISTERED.getAndSet(this, TERMINATED) != TERMINATED) {
      try {
        call(by);
      } catch (Throwable e) {
        ForeignCode.report(e);
      }
    }
  }

  /** Makes what {@link #call} needs; may run out of memory, and then nothing has happened. */
  void prepare(Cancellation by) {
    by.err();
  }

  /** Calls this for the end of the node on which it is registered; on a thread of the library. */
  final void fireLate() {
    Node node = requireNonNull(registered);
    if (node != TERMINATED) {
      Cancellation by = requireNonNull(node.end);
      prepare(by);
      fire(by);
    }
  }

  void call(Cancellation by) {
    onDone(by.err());
  }
}
