package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.transaction.ReactiveTransaction;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/** A transaction on its way to its owner: it is theirs or is rolled back. */
final class TransactionHandover implements CoreSubscriber<ReactiveTransaction>, Subscription {
  private enum State {
    PENDING,
    TAKEN,
    GONE
  }

  private final CtxTransactionManager manager;
  private final CoreSubscriber<? super ReactiveTransaction> actual;
  private final AtomicReference<State> state = new AtomicReference<>(State.PENDING);
  private OpenTransactions.@Nullable Open open;

  TransactionHandover(
      CtxTransactionManager manager, CoreSubscriber<? super ReactiveTransaction> actual) {
    this.manager = manager;
    this.actual = actual;
  }

  /** Whether whoever asked for it is still there, and has nothing yet. */
  boolean isPending() {
    return state.get() == State.PENDING;
  }

  void begins(OpenTransactions all) {
    open = all.begins();
  }

  @Override
  public void onSubscribe(Subscription s) {
    s.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(ReactiveTransaction transaction) {
    boolean isPart = isPartOfAnother(transaction);
    if (isPart) { // siblings of one outer one wait for each other in nothing
      hasNotBegun();
    } else {
      requireNonNull(open).hasBegun(transaction);
    }
    if (state.compareAndSet(State.PENDING, State.TAKEN)) {
      actual.onNext(transaction);
      actual.onComplete();
    } else if (!isPart) {
      manager
          .rollback(transaction)
          .contextWrite(actual.currentContext())
          .subscribe(nothing -> {}, e -> {});
    }
  }

  @Override
  public void onError(Throwable e) {
    hasNotBegun();
    if (state.compareAndSet(State.PENDING, State.GONE)) {
      actual.onError(e);
    }
  }

  @Override
  public void onComplete() {
    if (state.compareAndSet(State.PENDING, State.GONE)) {
      hasNotBegun();
      actual.onComplete();
    }
  }

  private void hasNotBegun() {
    if (open != null) {
      open.hasEnded();
    }
  }

  @Override
  public void request(long n) {}

  @Override
  public void cancel() {
    state.compareAndSet(State.PENDING, State.GONE);
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  /**
   * Whether it is part of an outer one, which goes on: nothing was done in it, and to roll it back
   * would mark the outer one as to be rolled back, or take what that has done since back to the
   * savepoint.
   */
  private static boolean isPartOfAnother(ReactiveTransaction transaction) {
    return transaction.hasTransaction()
        && (transaction.isNested() || !transaction.isNewTransaction());
  }
}
