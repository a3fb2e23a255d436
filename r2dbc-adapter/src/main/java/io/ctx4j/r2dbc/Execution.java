package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * One execution of a statement or batch, with all the streams that its results come by.
 *
 * <pre>
 *             its turn          the driver has answered all of it
 *   WAITING ───────────► OPEN ───────────────────────────────────► TERMINATED
 *      │                  │ ctx is done                              ▲
 *      │ ctx is done      ▼                                          │ the same
 *      │                 OPEN, cut: the driver is drained, ──────────┘
 *      │                 the database is asked to end it
 *      └──────────────────────────────────────────────────────────► TERMINATED, never sent
 * </pre>
 *
 * <p>Whether it is sent, has ended or is cut is decided under the session's lock, so that of a
 * statement's end and its context's one comes first, for all who look. A cut execution is
 * <i>not</i> canceled at the driver, which would stop listening: only the end of its streams says
 * that the database has answered. Until then the connection is nobody's. Downstream is told with
 * that answer, so that the driver's error goes with ctx's (D5); its own bind tells it at once.
 *
 * <p>What downstream lets go of while ctx is live is drained too, and still belongs to ctx. If then
 * ctx is <i>closed</i>, that is the end of a success (D7): {@code Mono.using(ctx…)} around
 * {@code next()} closes it between the first row and the cancel that follows. So a close that comes
 * after a row waits a moment to see which it is.
 */
final class Execution extends Work {
  private static final Duration GRACE = Duration.ofMillis(50);

  private enum State {
    NEW,
    WAITING,
    OPEN,
    TERMINATED
  }

  final Ctx ctx;
  final ResultShape shape;
  final Given given;
  private final Streams streams;
  private State state = State.NEW;
  private volatile @Nullable CtxException cut;

  Execution(Session session, Ctx ctx, ResultShape shape) {
    super(session);
    this.ctx = ctx;
    this.shape = shape;
    this.given = new Given(shape);
    this.streams = new Streams(shape);
  }

  // ---- streams come and go

  /** Adds a stream, and starts it now or when its turn has come; false: this is over, or cut. */
  boolean join(ResultStream<?> stream) {
    boolean first;
    synchronized (session.lock) {
      if (stream.isOver()) { // downstream has left
        return true;
      }
      if (state == State.TERMINATED || cut != null) {
        return false;
      }
      streams.add(stream);
      stream.joined(this);
      first = state == State.NEW;
      if (first) {
        state = State.WAITING;
      } else if (state == State.WAITING) {
        return true;
      }
    }
    if (!first) {
      stream.connect();
    } else if (listen(ctx)) {
      session.enter(this);
    } else {
      onDone(requireNonNull(ctx.err()));
    }
    return true;
  }

  @Override
  @Nullable Throwable admit() {
    if (state != State.WAITING) {
      return new IllegalStateException("over"); // nobody is left to be told
    }
    Transaction transaction = session.transaction();
    if (transaction != null && transaction.isRolledBack()) {
      state = State.TERMINATED;
      return transaction.why();
    }
    state = State.OPEN;
    return null;
  }

  @Override
  void start() {
    Publisher<Void> before = session.backstop.before(ctx);
    if (before == null) {
      connect();
    } else {
      Flux.from(before).subscribe(nothing -> {}, e -> connect(), this::connect);
    }
  }

  private void connect() {
    copyOfStreams().forEach(ResultStream::connect);
  }

  /** The driver has ended a stream, or is not asked for it; whether ctx has cut this. */
  @Nullable CtxException ended(ResultStream<?> stream) {
    boolean over;
    synchronized (session.lock) {
      streams.remove(stream);
      over = state == State.OPEN && streams.areAnswered();
      if (over) {
        state = State.TERMINATED;
      }
    }
    CtxException cut = this.cut;
    if (over) {
      unlisten();
      session.leave(this);
      if (cut != null) {
        streams.stopped().forEach(each -> each.cut(cut, given.failure()));
      }
    }
    return cut;
  }

  /**
   * Whether a stream of results that has come to its end is told so with the answer to the last of
   * them: the execution is cut, and the driver's error is still to come.
   */
  boolean endsWithItsResults(ResultStream<?> stream) {
    synchronized (session.lock) {
      return cut != null
          && state == State.OPEN
          && stream.isOuter()
          && streams.endedBeforeTheAnswer(stream);
    }
  }

  /** Downstream has left a stream. */
  void letGo(ResultStream<?> stream) {
    boolean withdrawn;
    synchronized (session.lock) {
      withdrawn = state == State.WAITING && streams.remove(stream) && streams.isEmpty();
      if (withdrawn) {
        state = State.TERMINATED;
        session.withdraw(this);
      }
    }
    if (withdrawn) {
      unlisten();
      session.proceed();
    } else if (!cancelUnheard(given.hasRows())) {
      drain(stream);
      session.hasLetGo();
    }
  }

  /**
   * Nobody listens any more to what has begun to come: where to read on may take for ever, the
   * driver is canceled, as it is without us. What has given nothing yet is at work in the database,
   * and is waited for.
   */
  private boolean cancelUnheard(boolean begun) {
    List<ResultStream<?>> left;
    synchronized (session.lock) {
      if (!begun || !shape.mayGoOn() || isToBeEnded() || !isUnheard()) {
        return false;
      }
      left = streams.copy();
    }
    left.forEach(this::cancelOrDrain);
    return true;
  }

  /** The lock is held. */
  private boolean isUnheard() {
    return state == State.OPEN && cut == null && streams.areLetGo();
  }

  /** Something has waited a while for its turn: what nobody looks into does not hold it up. */
  void makeWay() {
    boolean unheard;
    synchronized (session.lock) {
      unheard = isUnheard();
    }
    if (unheard && shape.windows()) {
      session.untouched.drain(this);
    } else if (unheard) {
      cancelUnheard(given.hasResult());
    }
  }

  // ---- the end

  @Override
  protected void onDone(CtxException err) {
    boolean unsure;
    synchronized (session.lock) {
      if (state == State.TERMINATED) {
        return;
      }
      unsure = state == State.OPEN && given.mayBeSuccess() && (isClosed(err) || streams.areLetGo());
    }
    if (unsure) {
      TimeSource.system().schedule(() -> cut(err, isClosed(err)), GRACE);
    } else {
      cut(err, false);
    }
  }

  private static boolean isClosed(CtxException err) {
    return err instanceof CanceledException canceled && canceled.isClosed();
  }

  private void cut(CtxException err, boolean unlessLetGo) {
    List<ResultStream<?>> neverSent = List.of();
    synchronized (session.lock) {
      if (state == State.TERMINATED || (unlessLetGo && streams.areLetGo())) {
        return;
      }
      cut = err;
      if (state != State.OPEN) {
        state = State.TERMINATED;
        neverSent = streams.removeAll();
        session.withdraw(this);
      }
    }
    neverSent.forEach(stream -> stream.refuse(err.copy()));
    if (neverSent.isEmpty()) {
      Abort abort = session.abort(err); // whatever the driver does when it is called
      drain();
      if (abort != null) {
        abort.send();
      }
    } else {
      session.proceed();
    }
  }

  /** The connection is given back: who still holds a stream of it has no say. */
  void abandon() {
    copyOfStreams().forEach(ResultStream::abandon);
    drain();
  }

  private void drain() {
    copyOfStreams().forEach(this::drain);
    session.untouched.drain(this);
  }

  private void drain(ResultStream<?> stream) {
    if (shape.stopsByCancel(stream.isOuter())) {
      cancelOrDrain(stream);
    } else {
      stream.drain();
    }
  }

  /** One that cannot be canceled is waited for, as any other. */
  private void cancelOrDrain(ResultStream<?> stream) {
    if (!stream.cancelDriver()) {
      stream.drain();
      return;
    }
    synchronized (session.lock) {
      streams.canceledAtTheDriver(stream);
    }
    ended(stream);
  }

  @Override
  void refuse(Throwable why) {
    terminate().forEach(stream -> stream.refuse(why));
  }

  @Override
  void closed(Throwable why) {
    List<ResultStream<?>> left = terminate();
    CtxException cut = this.cut;
    if (cut != null) { // else the driver tells them
      left.forEach(stream -> stream.cut(cut, why));
      streams.stopped().forEach(stream -> stream.cut(cut, why));
    }
  }

  /** Returns the streams that it had. */
  private List<ResultStream<?>> terminate() {
    unlisten();
    synchronized (session.lock) {
      state = State.TERMINATED;
      return streams.removeAll();
    }
  }

  private List<ResultStream<?>> copyOfStreams() {
    synchronized (session.lock) {
      return streams.copy();
    }
  }

  // ---- for the session; the lock is held

  @Override
  boolean goesBeside(Work other) {
    return other instanceof Execution execution
        && execution.cut == null
        && (execution.ctx == ctx || execution.leavesRoom());
  }

  /** Whether others and operations need not wait: a driver that cannot cancel hits nobody. */
  boolean leavesRoom() {
    return session.settings.canceler() == null && cut == null && !streams.areLetGo();
  }

  boolean isOver() {
    return state == State.TERMINATED;
  }

  boolean isCut() {
    return cut != null;
  }

  boolean isCutAndOpen() {
    return cut != null && state == State.OPEN;
  }

  /** Whether it is cut or going to be: who is bound to ctx may hear of that first, and close. */
  boolean isToBeEnded() {
    CtxException err = ctx.err();
    return state == State.OPEN && (cut != null || (err != null && !isClosed(err)));
  }

  @Nullable CtxException cutBy() {
    return cut;
  }

  /** The end of ctx, whether or not it was noticed here yet; null: none that counts. */
  @Nullable CtxException endedBy() {
    CtxException err = cut != null ? cut : ctx.err();
    return err != null && given.mayBeSuccess() && isClosed(err) ? null : err;
  }
}
