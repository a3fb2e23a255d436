package io.ctx4j.stress;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * Lincheck's model checking, as all tests here use it: scenarios of three threads by two calls at
 * random, and of each as many interleavings as asked for. {@code -Dctx4j.scenarios=200} checks
 * deeper.
 */
public final class ModelCheck {
  private static final int SCENARIOS = Integer.getInteger("ctx4j.scenarios", 2);
  private static final int INTERLEAVINGS = Integer.getInteger("ctx4j.interleavings", 50);

  /**
   * Of one interleaving, with the classes that Lincheck rewrites in the first: its ten seconds are
   * few for these.
   */
  private static final long HUNG_MILLIS = 300_000;

  private ModelCheck() {}

  /**
   * Throws with the scenario and its trace where an interleaving has no sequential one of its
   * results.
   */
  public static void check(Class<?> scenarios, Class<?> model) {
    new ModelCheckingOptions()
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .iterations(SCENARIOS)
        .invocationsPerIteration(INTERLEAVINGS)
        .invocationTimeout$lincheck(HUNG_MILLIS)
        .sequentialSpecification(model)
        .check(scenarios);
  }
}
