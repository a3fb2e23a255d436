package io.ctx4j.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Hooks;

/** The search, bounded; the nightly job has more, and CutTransactions a main. */
@Tag("search")
class CutTransactionsTest {
  private static final int TRANSACTIONS = Integer.getInteger("ctx4j.transactions", 150);

  @ParameterizedTest
  @EnumSource
  @Timeout(600)
  @DisplayName(
      "D3 cut at random, in all ways: all rows or none, nothing idle in transaction, nothing leaked")
  void transactions_cutAtRandom_allOrNothing(Place place) {
    Hooks.onErrorDropped(e -> {}); // a plain timeout's, which are not ours
    try {
      for (var style : CutTransactions.Style.values()) {
        for (var cut : CutTransactions.Cut.values()) {
          if (style == CutTransactions.Style.PLAIN_SPRING && place == Place.BELOW_POOL) {
            continue; // what CtxTransactionManager is for
          }
          var outcome =
              CutTransactions.run(Database.POSTGRESQL, place, style, cut, TRANSACTIONS, 7);
          assertThat(outcome)
              .as(place + " " + style + " " + cut)
              .matches(each -> each.half() == 0, "all rows or none")
              .matches(each -> each.toldButNotThere() == 0, "who is told success has it")
              .matches(each -> each.idleInTransaction() == 0, "none idle in transaction")
              .matches(each -> each.acquired() == 0, "none leaked")
              .matches(each -> each.connections() == 5, "none closed")
              .matches(each -> each.otherErrors().isEmpty(), "no other error");
        }
      }
    } finally {
      Hooks.resetOnErrorDropped();
    }
  }
}
