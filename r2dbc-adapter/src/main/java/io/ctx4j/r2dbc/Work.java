package io.ctx4j.r2dbc;

import io.ctx4j.DoneListener;
import org.jspecify.annotations.Nullable;

/** What takes its turn at a connection; see {@link Session}. */
abstract class Work extends DoneListener {
  final Session session;

  Work(Session session) {
    this.session = session;
  }

  /** Whether this may start while the other is at work. The lock is held. */
  abstract boolean goesBeside(Work other);

  /**
   * Its turn has come; the lock is held.
   *
   * @return why it is not to start after all; null: it is at work, and {@link #start} follows
   */
  abstract @Nullable Throwable admit();

  abstract void start();

  /** It never was at work. */
  abstract void refuse(Throwable why);

  /** The connection was closed under it. */
  abstract void closed(Throwable why);
}
