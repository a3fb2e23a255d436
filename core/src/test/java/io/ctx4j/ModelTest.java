package io.ctx4j;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random programs on a tree of contexts against a model that is nothing but the clauses:
 * {@code -Dctx4j.test.seeds} of them, from {@code -Dctx4j.test.seed} on.
 */
@Tag("search")
class ModelTest {
  private static final long SEEDS = Long.getLong("ctx4j.test.seeds", 4_000);
  private static final long FIRST = Long.getLong("ctx4j.test.seed", 1);

  @Test
  @DisplayName(
      "C1 C2 C3 C13 C14 C15 C21 C23 C24 C26 C27 C32 C36 U1 as the model has it, after every step")
  void programs_areAsTheModelHasThem() {
    for (long seed = FIRST; seed - FIRST < SEEDS; seed++) {
      var program = new RandomProgram(seed, false);
      var ours = new CtxRun(true);
      var model = new ModelRun();
      program.assertAlike(seed, ours.run(program), model.run(program));
      ours.orders.forEach(model::checkPromisedOrder);
    }
  }
}
