package io.ctx4j;

import static java.util.Objects.requireNonNull;

/**
 * Reaches what no user may: a context whose children register in stripes, as after many turns of
 * threads.
 */
public final class Striped {
  private Striped() {}

  /** The same context, from now on so; all threads meet in its one stripe. */
  public static CancelCtx striped(CancelCtx ctx) {
    requireNonNull(((Handle) ctx).node).stripe(1);
    return ctx;
  }
}
