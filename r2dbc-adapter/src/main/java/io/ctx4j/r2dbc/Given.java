package io.ctx4j.r2dbc;

import org.jspecify.annotations.Nullable;

/** What an execution has given so far, whoever has looked at it. */
final class Given {
  private final ResultShape shape;
  private volatile boolean result;
  private volatile boolean rows;
  private volatile @Nullable Throwable failure;

  Given(ResultShape shape) {
    this.shape = shape;
  }

  /** A result has come, into which nobody may ever look. */
  void result() {
    result = true;
  }

  boolean hasResult() {
    return result;
  }

  /** A row has come, or a result has come to its end. */
  void rows() {
    rows = true;
  }

  boolean hasRows() {
    return rows;
  }

  /** Whether its context may be closed because of a success. */
  boolean mayBeSuccess() {
    return rows || (result && shape.windows());
  }

  /** The driver's error, which may come in a result that nobody reads. */
  void failed(Throwable e) {
    failure = e;
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
