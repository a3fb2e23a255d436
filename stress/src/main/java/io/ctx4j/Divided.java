package io.ctx4j;

import static java.util.Objects.requireNonNull;

/** Reaches what no user may: a context whose children register in parts, as after many turns of threads. */
public final class Divided {
  private Divided() {}

  /** The same context, from now on so; all threads meet in its one part. */
  public static CancelCtx divided(CancelCtx ctx) {
    requireNonNull(((Handle) ctx).node).stripe(1);
    return ctx;
  }
}
