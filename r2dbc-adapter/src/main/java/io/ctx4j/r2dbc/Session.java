package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * One connection, and whose turn it is at it.
 *
 * <p>A message that cancels names a session and not a statement, and a ROLLBACK that overtakes the
 * statement before it leaves that one alone in auto-commit. Both come from two things being under
 * way on one connection at once. So there is one rule, and one lock that all of it is decided
 * under:
 *
 * <pre>
 *   waiting ──► at work ──► (left)          one at a time, in the order in which they were asked for;
 *                 ▲                         executions of one and the same context go side by side
 *                 │
 *           nothing starts while a canceled execution is at work, or a cancel message is in flight
 * </pre>
 *
 * <p>What is at work leaves when the driver has answered it, and not before, whoever has stopped
 * listening. What has no context is not held up by this, and not seen by it, unless a transaction
 * is open or something is waiting.
 */
final class Session {
  /** A reader that is coming has come by then. */
  private static final Duration MOMENT = Duration.ofMillis(50);

  final Object lock = new Object();

  /** What is decorated: the driver's connection, or a pool's. */
  final Connection delegate;

  final Connection physical;
  final Settings settings;
  final Backstop backstop;
  final UntouchedResults untouched = new UntouchedResults(lock);

  private final Deque<Work> waiting = new ArrayDeque<>();
  private final List<Work> atWork = new ArrayList<>(2);
  private boolean cancelInFlight;
  private @Nullable Abort abort;
  private @Nullable Transaction transaction;
  private @Nullable Throwable closed;
  final Ownership ownership = new Ownership();

  Session(Connection delegate, Settings settings) {
    this.delegate = delegate;
    this.physical = Driver.physical(delegate);
    this.settings = settings;
    this.backstop =
        new Backstop(this, settings.backstop() ? settings.driver().timeoutQuery() : null);
  }

  // ---- turns

  /** Starts it now, or when its turn has come. */
  void enter(Work work) {
    Runnable next;
    synchronized (lock) {
      if (!waiting.isEmpty() || !mayStart(work)) {
        waiting.add(work);
        next = this::unblockLater; // what is at work may be nobody's any more
      } else {
        next = take(work);
      }
    }
    next.run();
  }

  /** Nobody listens to some of what is at work; what waits behind it looks again a moment later. */
  void hasLetGo() {
    boolean blocks;
    synchronized (lock) {
      blocks = !waiting.isEmpty();
    }
    if (blocks) {
      unblockLater();
    }
  }

  private void unblockLater() {
    TimeSource.system().schedule(this::unblock, MOMENT);
  }

  private void unblock() {
    List<Execution> inTheWay;
    synchronized (lock) {
      inTheWay = waiting.isEmpty() ? List.of() : executions();
    }
    inTheWay.forEach(Execution::makeWay);
  }

  /** Before all that waits; the lock is held. */
  void enterFirst(Work work) {
    waiting.addFirst(work);
  }

  /** Takes it out of the queue; false: it is not there. The lock is held. */
  boolean withdraw(Work work) {
    return waiting.remove(work);
  }

  /** The driver has answered it. */
  void leave(Work work) {
    List<Runnable> next;
    Abort ended;
    synchronized (lock) {
      if (!cancelInFlight || !(work instanceof Execution)) { // else when the message was delivered
        atWork.remove(work);
      }
      ended = endedAbort();
      next = next();
    }
    if (ended != null) {
      ended.answered();
    }
    next.forEach(Runnable::run);
  }

  /** Starts what may start now. */
  void proceed() {
    List<Runnable> next;
    synchronized (lock) {
      next = next();
    }
    next.forEach(Runnable::run);
  }

  private List<Runnable> next() {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Runnable> next = new ArrayList<>(1);
    while (!waiting.isEmpty() && mayStart(waiting.element())) {
      next.add(take(waiting.remove()));
    }
    return next;
  }

  private boolean mayStart(Work work) {
    if (closed != null) {
      return true; // to be refused
    }
    if (cancelInFlight) {
      return false;
    }
    for (Work other : atWork) {
      if (!work.goesBeside(other)) {
        return false;
      }
    }
    return true;
  }

  private Runnable take(Work work) {
    Throwable refusal = closed != null ? closed : work.admit();
    if (refusal != null) {
      return () -> work.refuse(refusal);
    }
    atWork.add(work);
    return work::start;
  }

  /** Whether an execution without a context may go to the driver past all this. */
  boolean isIdle() {
    synchronized (lock) {
      return transaction == null
          && atWork.isEmpty()
          && waiting.isEmpty()
          && !cancelInFlight
          && closed == null
          && !backstop.isSet();
    }
  }

  /** Nobody waits for the executions' results any more, so that they end by themselves. */
  void drainExecutions() {
    List<Execution> executions;
    synchronized (lock) {
      executions = executions();
    }
    executions.forEach(Execution::abandon);
    untouched.drain(null);
  }

  /** Of what is at work; the lock is held. */
  private List<Execution> executions() {
    return atWork.stream()
        .filter(Execution.class::isInstance)
        .map(Execution.class::cast)
        .toList();
  }

  // ---- cancel messages

  /**
   * An execution was cut: from here on its answer has to come in time.
   *
   * @return who is to see to it; null: one does already, or there is nothing to end
   */
  @Nullable Abort abort(CtxException err) {
    Abort begun;
    synchronized (lock) {
      if (abort != null || closed != null || !hasCutExecution()) {
        return null;
      }
      abort = begun = new Abort(this, err);
    }
    begun.begin();
    return begun;
  }

  /** Whether a cancel may be sent now: nothing starts then until {@link #cancelDelivered}. */
  boolean cancelSent(Abort by) {
    synchronized (lock) {
      return abort == by && !cancelInFlight && (cancelInFlight = true);
    }
  }

  /** Whether to ask again. */
  boolean cancelDelivered(Abort by) {
    List<Runnable> next;
    Abort ended;
    boolean again;
    synchronized (lock) {
      if (closed != null) {
        return false;
      }
      cancelInFlight = false;
      atWork.removeIf(work -> work instanceof Execution execution && execution.isOver());
      ended = endedAbort();
      again = abort == by;
      next = next();
    }
    if (ended != null) {
      ended.answered();
    }
    next.forEach(Runnable::run);
    return again;
  }

  private @Nullable Abort endedAbort() {
    if (abort == null || cancelInFlight || hasCutExecution()) {
      return null;
    }
    Abort ended = abort;
    abort = null;
    return ended;
  }

  private boolean hasCutExecution() {
    return executions().stream().anyMatch(Execution::isCutAndOpen);
  }

  /** The last resort: a server ends what it does for a connection that is gone, once it notices. */
  void close(String why, @Nullable CtxException err) {
    var closure = new R2dbcNonTransientResourceException(why, err == null ? null : err.copy());
    List<Work> busy;
    List<Work> queued;
    Abort ended;
    synchronized (lock) {
      if (closed != null) {
        return;
      }
      closed = closure;
      busy = List.copyOf(atWork);
      queued = List.copyOf(waiting);
      atWork.clear();
      waiting.clear();
      cancelInFlight = false;
      ended = abort;
      abort = null;
      forgetTransaction();
    }
    if (ended != null) {
      ended.gaveUp();
    }
    Flux.concatDelayError(
            Flux.defer(physical::close).takeUntilOther(settings.gaveUp()),
            delegate == physical
                ? Flux.empty()
                : Flux.defer(delegate::close)) // a pool, of whatever make, finds it dead
        .subscribe(nothing -> {}, e -> {});
    busy.forEach(work -> work.closed(closure));
    queued.forEach(work -> work.refuse(closure));
  }

  /** Its owner has closed it; the lock is held. */
  void closedByOwner() {
    if (closed == null) {
      closed = new R2dbcNonTransientResourceException("The connection is closed");
      forgetTransaction();
    }
  }

  /** What is left of one must not stay registered on its context. */
  private void forgetTransaction() {
    if (transaction != null) {
      transaction.unwatch();
      transaction = null;
    }
  }

  /** The lock is held. */
  boolean isClosed() {
    return closed != null;
  }

  // ---- whose it is

  /** The Ctx of a subscriber, or where it has no Context, the one under which this was acquired. */
  Ctx ctxOf(ContextView subscriber) {
    if (!subscriber.isEmpty()) {
      return CtxOps.get(subscriber);
    }
    synchronized (lock) {
      return ownership.owner();
    }
  }

  /** Whether it was lost by who asks. The lock is held. */
  boolean isFormerOwner(Ctx ctx) {
    return ownership.isFormer(ctx);
  }

  /** The transaction's owner asks for its end. */
  void endIsAsked() {
    synchronized (lock) {
      if (transaction != null) {
        transaction.endIsAsked();
      }
    }
  }

  /** The lock is held. */
  @Nullable Transaction transaction() {
    return transaction;
  }

  /** The lock is held. */
  void transaction(@Nullable Transaction transaction) {
    this.transaction = transaction;
  }
}
