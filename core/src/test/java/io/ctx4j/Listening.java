package io.ctx4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A listener that records what it is told. */
class Listening extends DoneListener {
  private final List<CtxException> errs = new CopyOnWriteArrayList<>();

  @Override
  protected void onDone(CtxException err) {
    errs.add(err);
  }

  final List<CtxException> errs() {
    return errs;
  }
}
