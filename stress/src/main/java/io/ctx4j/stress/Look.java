package io.ctx4j.stress;

import io.ctx4j.Ctx;
import java.util.concurrent.atomic.AtomicInteger;

/** A callback that looks whether a context is done, every time it runs. */
final class Look implements Runnable {
  private final Ctx at;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger live = new AtomicInteger();

  Look(Ctx at) {
    this.at = at;
  }

  @Override
  public void run() {
    (at.isDone() ? done : live).incrementAndGet();
  }

  /** What was seen; once: "done". */
  String seen() {
    return live.get() > 0 ? "live" : done.get() == 1 ? "done" : "ran " + done.get() + " times";
  }
}
