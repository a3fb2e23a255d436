package io.ctx4j.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionContextManager;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/** A transaction that comes when nobody is left to take it. */
class CtxTransactionManagerTest {

  private record Transaction(
      boolean hasTransaction, boolean isNewTransaction, boolean isNested, boolean isRollbackOnly)
      implements ReactiveTransaction {
    @Override
    public void setRollbackOnly() {}

    @Override
    public boolean isCompleted() {
      return false;
    }
  }

  /** Begins when it is told to. */
  private static final class Manager implements ReactiveTransactionManager {
    Sinks.One<ReactiveTransaction> begun = Sinks.one();
    final List<ReactiveTransaction> rolledBack = new ArrayList<>();
    final List<ReactiveTransaction> committed = new ArrayList<>();

    @Override
    public Mono<ReactiveTransaction> getReactiveTransaction(
        @Nullable TransactionDefinition definition) {
      return begun.asMono();
    }

    @Override
    public Mono<Void> commit(ReactiveTransaction transaction) {
      return Mono.fromRunnable(() -> committed.add(transaction));
    }

    @Override
    public Mono<Void> rollback(ReactiveTransaction transaction) {
      return Mono.fromRunnable(() -> rolledBack.add(transaction));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, false, true", // REQUIRES_NEW
    "true, true, true, false", // NESTED: a savepoint, and what the outer one has done since
    "false, false, false, true", // NOT_SUPPORTED: what is suspended has to be resumed
    "true, false, false, false" // REQUIRED, within another one
  })
  @DisplayName(
      "D3 what nobody is left to take is rolled back, unless it is an outer one's, which goes on")
  void begin_callerHasLeft_isRolledBackWhereItIsItsOwn(
      boolean hasTransaction, boolean isNew, boolean isNested, boolean isRolledBack) {
    var manager = new Manager();
    var transaction = new Transaction(hasTransaction, isNew, isNested, false);
    Disposable caller =
        new CtxTransactionManager(manager).getReactiveTransaction(null).subscribe();

    caller.dispose();
    manager.begun.tryEmitValue(transaction);

    assertThat(manager.rolledBack).isEqualTo(isRolledBack ? List.of(transaction) : List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, false, false", // REQUIRES_NEW
    "false, false, false, false", // NOT_SUPPORTED
    "true, true, true, true", // NESTED
    "true, false, false, true" // REQUIRED: perhaps one of some side by side
  })
  @DisplayName(
      "D3 a transaction ends after one within that has suspended it, and waits for no other")
  void commit_anotherIsOpenWithin_waitsWhereThatHasSuspendedIt(
      boolean hasTransaction, boolean isNew, boolean isNested, boolean isAtOnce) {
    var manager = new Manager();
    var transactions = new CtxTransactionManager(manager);
    Context calls = TransactionContextManager.getOrCreateContext()
        .apply(TransactionContextManager.getOrCreateContextHolder().apply(Context.empty()));
    var outer = new Transaction(true, true, false, false);
    var within = new Transaction(hasTransaction, isNew, isNested, false);
    for (Transaction each : List.of(outer, within)) {
      manager.begun = Sinks.one();
      transactions.getReactiveTransaction(null).contextWrite(calls).subscribe();
      manager.begun.tryEmitValue(each);
    }

    transactions.commit(outer).contextWrite(calls).subscribe();

    assertThat(manager.committed).hasSize(isAtOnce ? 1 : 0);
    transactions.rollback(within).contextWrite(calls).subscribe();
    assertThat(manager.committed).containsExactly(outer);
  }
}
