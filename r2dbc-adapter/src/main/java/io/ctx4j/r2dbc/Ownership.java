package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;

/**
 * Under which Ctx a connection was acquired, and by whom it was lost.
 *
 * <p>All of it under the session's lock.
 */
final class Ownership {
  private Ctx owner = Ctx.background();
  private @Nullable Ctx formerOwner;
  private boolean handedBack = true;

  void acquiredBy(Ctx ctx) {
    formerOwner = handedBack ? null : owner;
    handedBack = false;
    owner = ctx;
  }

  void handedBack() {
    handedBack = true;
    formerOwner = null;
    owner = Ctx.background();
  }

  Ctx owner() {
    return owner;
  }

  /**
   * Whether a call comes from an owner that a pool has taken this from: one whose subscription was
   * canceled while the pool handed it out.
   */
  boolean isFormer(Ctx ctx) {
    return ctx == formerOwner && ctx != owner && ctx.isDone();
  }
}
