package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A context with one callback and nothing else, which goes the short way, is canceled while a child
 * is derived from it and gets a callback (C3, C5, C6): it was canceled with the child or the child
 * was born done, and each callback runs once.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.markLeaf} without the monitor, which tears the
 * register, so that a call throws. Seen in quick mode: it looks and marks in two steps.
 */
@JCStressTest
@Outcome(
    id = {"none, ran 1, done ran 1", "done, ran 1, done ran 1"},
    expect = ACCEPTABLE,
    desc = "The child ended as the context did; its callback found none, or a done one.")
@Outcome(expect = FORBIDDEN, desc = "The child was left live, or a callback was lost or ran twice.")
@State
public class LeafCancelVsDerive {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted callback = new Counted();
  private final Counted below = new Counted();
  private volatile @Nullable Ctx child;
  private String seen = "not called";

  public LeafCancelVsDerive() {
    ctx.onDone(() -> {
      Ctx child = this.child;
      seen = child == null ? "none" : child.isDone() ? "done" : "live";
      callback.run();
    });
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void derive() {
    Ctx derived = ctx.withCancel();
    child = derived;
    derived.onDone(below);
  }

  @Arbiter
  public void ends(LLL_Result r) {
    Ctx derived = requireNonNull(child);
    r.r1 = seen;
    r.r2 = "ran " + callback.runs();
    r.r3 = (derived.err() == ctx.err() ? "done" : "live") + " ran " + below.runs();
  }
}
