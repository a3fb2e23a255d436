package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

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
        var handover = new Handover(actual);
        actual.onSubscribe(handover);
        if (handover.state.get() == State.PENDING) {
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

  /**
   * Whether it is part of an outer one, which goes on: nothing was done in it, and to roll it back
   * would mark the outer one as to be rolled back, or take what that has done since back to the
   * savepoint.
   */
  private static boolean isPartOfAnother(ReactiveTransaction transaction) {
    return transaction.hasTransaction()
        && (transaction.isNested() || !transaction.isNewTransaction());
  }

  private enum State {
    PENDING,
    TAKEN,
    GONE
  }

  /** A transaction on its way to its owner: it is theirs or is rolled back. */
  private final class Handover implements CoreSubscriber<ReactiveTransaction>, Subscription {
    private final CoreSubscriber<? super ReactiveTransaction> actual;
    private final AtomicReference<State> state = new AtomicReference<>(State.PENDING);
    private OpenTransactions.@Nullable Open open;

    Handover(CoreSubscriber<? super ReactiveTransaction> actual) {
      this.actual = actual;
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
        rollback(transaction)
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
  }
}
