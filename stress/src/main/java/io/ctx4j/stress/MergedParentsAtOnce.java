package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLLL_Result;

/**
 * Both parents of a merged context are canceled at once (C6, C24): neither waits for the other for
 * ever; it ends once, its child as it did; each parent's callback finds it and its child done; it
 * leaves its third parent, which lives.
 *
 * <p>Planted bug, seen in sanity mode: {@code Cancellation.markBelow} does not remember the claim
 * on a merged context as one to wait for.
 */
@JCStressTest
@Outcome(
    id = {"first, done, done, 1, true", "second, done, done, 1, true"},
    expect = ACCEPTABLE,
    desc = "One of the parents ended it, and all who were called saw it.")
@Outcome(
    expect = FORBIDDEN,
    desc = "A callback saw it or its child live, it ended twice, or stays registered.")
@State
public class MergedParentsAtOnce {
  private final CancelCtx first = Ctx.background().withCancel();
  private final CancelCtx second = Ctx.background().withCancel();
  private final CancelCtx third = Ctx.background().withCancel();
  private final Ctx merged = Ctx.merge(first, second, third);
  private final Ctx child = merged.withCancel().withCancel();
  private final Look ofFirst = new Look(child);
  private final Look ofSecond = new Look(child);
  private final Counted ofMerged = new Counted();

  public MergedParentsAtOnce() {
    first.onDone(ofFirst);
    second.onDone(ofSecond);
    merged.onDone(ofMerged);
  }

  @Actor
  public void first() {
    first.cancel(new Exception("first"));
  }

  @Actor
  public void second() {
    second.cancel(new Exception("second"));
  }

  @Arbiter
  public void end(LLLLL_Result r) {
    r.r1 = merged.err() == child.err() ? requireNonNull(merged.cause()).getMessage() : "two errs";
    r.r2 = ofFirst.seen();
    r.r3 = ofSecond.seen();
    r.r4 = ofMerged.runs();
    r.r5 = Register.isEmpty(third);
  }
}
