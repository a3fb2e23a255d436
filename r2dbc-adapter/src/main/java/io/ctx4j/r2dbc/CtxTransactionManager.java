package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Spring's transactions, of which none is lost where whoever asked for it is canceled meanwhile.
 *
 * <p>Between the end of BEGIN and the operator that owns the transaction Spring's manager has steps
 * of its own. A cancellation that comes there leaves a transaction that nobody ends, in a
 * connection that nobody gives back: below that manager nothing can be done about it. So a BEGIN is
 * not canceled here, and what nobody is left to take is rolled back. One that another one has
 * suspended (REQUIRES_NEW) ends after that one: a cancellation comes to both at once, and Spring's
 * manager cannot end the outer one by then, nor would anybody later.
 */
public final class CtxTransactionManager implements ReactiveTransactionManager {
  private final ReactiveTransactionManager delegate;

  /**
   * Decorates a transaction manager.
   *
   * @param delegate in general an {@code R2dbcTransactionManager}
   */
  public CtxTransactionManager(ReactiveTransactionManager delegate) {
    this.delegate = requireNonNull(delegate, "delegate");
  }

  @Override
  public Mono<ReactiveTransaction> getReactiveTransaction(
      @Nullable TransactionDefinition definition) {
    Mono<ReactiveTransaction> begin = delegate.getReactiveTransaction(definition);
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super ReactiveTransaction> actual) {
        var handover = new TransactionHandover(CtxTransactionManager.this, actual);
        actual.onSubscribe(handover);
        if (handover.isPending()) {
          open().doOnNext(handover::begins).then(begin).subscribe(handover);
        }
      }
    };
  }

  @Override
  public Mono<Void> commit(ReactiveTransaction transaction) {
    return open().flatMap(open -> open.end(transaction, delegate.commit(transaction)));
  }

  @Override
  public Mono<Void> rollback(ReactiveTransaction transaction) {
    return open().flatMap(open -> open.end(transaction, delegate.rollback(transaction)));
  }

  /**
   * Those of the subscriber's chain of calls, which are kept where Spring keeps what belongs to
   * that.
   */
  private Mono<OpenTransactions> open() {
    return TransactionSynchronizationManager.forCurrentTransaction()
        .map(this::openIn)
        .onErrorResume(
            NoTransactionException.class, none -> Mono.fromSupplier(OpenTransactions::new));
  }

  private OpenTransactions openIn(TransactionSynchronizationManager calls) {
    var open = (OpenTransactions) calls.getResource(this);
    if (open == null) {
      open = new OpenTransactions();
      calls.bindResource(this, open);
    }
    return open;
  }
}
