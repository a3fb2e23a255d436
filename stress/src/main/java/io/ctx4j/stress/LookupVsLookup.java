package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Two threads look values up through so many layers that a table is made, and published by a race
 * (C21): a hit and a miss on the layers themselves, and both from below a layer that is derived
 * meanwhile and hides one of the keys.
 *
 * <p>Planted bug, seen in quick mode: {@code Path.Value.wasLong} publishes the table and fills it
 * after that.
 */
@JCStressTest
@Outcome(
    id = "outer top null, own top null, outer own top null",
    expect = ACCEPTABLE,
    desc = "Each lookup found the nearest binding, with or without a table.")
@Outcome(expect = FORBIDDEN, desc = "A lookup missed a binding, or found another one's.")
@State
public class LookupVsLookup {
  private static final CtxKey<String> OUTERMOST = CtxKey.named("outermost");
  private static final CtxKey<String> TOP = CtxKey.named("top");
  private static final CtxKey<String> MISSING = CtxKey.named("missing");
  private static final List<CtxKey<String>> BETWEEN =
      Stream.generate(() -> CtxKey.<String>named("between")).limit(10).toList();

  private final Ctx layers;
  private volatile Ctx own = Ctx.background();

  public LookupVsLookup() {
    Ctx ctx = Ctx.background().withValue(OUTERMOST, "outer");
    for (CtxKey<String> key : BETWEEN) {
      ctx = ctx.withValue(key, "between");
    }
    layers = ctx.withValue(TOP, "top");
    layers.value(OUTERMOST); // the next one that is long makes the table
  }

  private static String seen(Ctx ctx) {
    return ctx.value(OUTERMOST) + " " + ctx.value(TOP) + " " + ctx.value(MISSING);
  }

  @Actor
  public void look(LLL_Result r) {
    r.r1 = seen(layers);
  }

  @Actor
  public void lookBelow(LLL_Result r) {
    own = layers.withValue(OUTERMOST, "own");
    r.r2 = seen(own);
  }

  @Arbiter
  public void lookAgain(LLL_Result r) {
    r.r3 = layers.value(OUTERMOST) + " " + seen(own);
  }
}
