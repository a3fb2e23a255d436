package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Lifecycle;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection of which everything takes its turn, see {@link Session}.
 *
 * <p>A pool above calls {@link #postAllocate} and {@link #preRelease}; around a pool {@link #close}
 * does the same.
 */
final class CtxConnection implements Connection, Lifecycle, Wrapped<Connection> {
  private final Session session;
  private final Connection delegate;

  CtxConnection(Connection delegate, Settings settings, Ctx owner) {
    this.delegate = delegate;
    this.session = new Session(delegate, settings);
    synchronized (session.lock) {
      session.ownership.acquiredBy(owner);
    }
  }

  // ---- work

  @Override
  public Statement createStatement(String sql) {
    Statement statement = delegate.createStatement(sql);
    boolean validation = sql.equals(session.settings.validationQuery());
    if (!validation) {
      session.ownership.used();
    }
    return new CtxStatement(session, statement, validation);
  }

  @Override
  public Batch createBatch() {
    session.ownership.used();
    return new CtxBatch(session, delegate.createBatch());
  }

  @Override
  public Publisher<Void> beginTransaction() {
    return begin(delegate::beginTransaction);
  }

  @Override
  public Publisher<Void> beginTransaction(TransactionDefinition definition) {
    return begin(() -> delegate.beginTransaction(definition));
  }

  private Publisher<Void> begin(Supplier<Publisher<Void>> begin) {
    return asked(actual -> new Begin(session, actual, begin));
  }

  @Override
  public Publisher<Void> commitTransaction() {
    return asked(actual -> new Commit(session, actual));
  }

  @Override
  public Publisher<Void> rollbackTransaction() {
    return asked(actual -> new Rollback(session, actual));
  }

  @Override
  public Publisher<Void> createSavepoint(String name) {
    return call(Call.Kind.WORK, () -> delegate.createSavepoint(name));
  }

  @Override
  public Publisher<Void> releaseSavepoint(String name) {
    return call(Call.Kind.WORK, () -> delegate.releaseSavepoint(name));
  }

  @Override
  public Publisher<Void> rollbackTransactionToSavepoint(String name) {
    return call(Call.Kind.GO_BACK, () -> delegate.rollbackTransactionToSavepoint(name));
  }

  // ---- settings

  @Override
  public Publisher<Void> setAutoCommit(boolean autoCommit) {
    return asked(actual -> new SetAutoCommit(session, actual, autoCommit));
  }

  @Override
  public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
    return call(Call.Kind.RESET, () -> delegate.setTransactionIsolationLevel(isolationLevel));
  }

  @Override
  public Publisher<Void> setLockWaitTimeout(Duration timeout) {
    return call(Call.Kind.RESET, () -> delegate.setLockWaitTimeout(timeout));
  }

  @Override
  public Publisher<Void> setStatementTimeout(Duration timeout) {
    return call(Call.Kind.RESET, () -> delegate.setStatementTimeout(timeout))
        .doOnSuccess(set -> session.backstop.ownIs(timeout));
  }

  private Mono<Void> call(Call.Kind kind, Supplier<? extends Publisher<?>> call) {
    return asked(actual -> new Call(session, actual, kind, call));
  }

  /** Who asks something has the connection. */
  private Mono<Void> asked(Function<CoreSubscriber<? super Void>, Operation> operation) {
    session.ownership.used();
    return Operation.mono(operation);
  }

  @Override
  public boolean isAutoCommit() {
    return delegate.isAutoCommit();
  }

  @Override
  public IsolationLevel getTransactionIsolationLevel() {
    return delegate.getTransactionIsolationLevel();
  }

  @Override
  public ConnectionMetadata getMetadata() {
    return delegate.getMetadata();
  }

  @Override
  public Publisher<Boolean> validate(ValidationDepth depth) {
    if (depth == ValidationDepth.LOCAL) {
      return Mono.defer(() -> isClosed() ? Mono.just(false) : Mono.from(delegate.validate(depth)));
    }
    return Mono.defer(() -> {
      var valid = new AtomicBoolean();
      Supplier<Publisher<?>> validate =
          () -> Flux.from(delegate.validate(depth)).doOnNext(valid::set);
      return Operation.mono(actual -> new Call(session, actual, Call.Kind.RESET, validate))
          .onErrorComplete(R2dbcNonTransientResourceException.class)
          .then(Mono.fromSupplier(valid::get));
    });
  }

  private boolean isClosed() {
    synchronized (session.lock) {
      return session.isClosed();
    }
  }

  // ---- hand over

  @Override
  public Publisher<Void> postAllocate() {
    return Operation.mono(actual -> new TakeOver(session, actual));
  }

  @Override
  public Publisher<Void> preRelease() {
    return giveBack(
        GiveBack.To.POOL_ABOVE,
        () -> delegate instanceof Lifecycle lifecycle ? lifecycle.preRelease() : Mono.empty());
  }

  @Override
  public Publisher<Void> close() {
    return giveBack(
        session.settings.pooled() ? GiveBack.To.POOL_BELOW : GiveBack.To.NOBODY, delegate::close);
  }

  private Publisher<Void> giveBack(GiveBack.To to, Supplier<Publisher<Void>> release) {
    return Operation.mono(actual -> new GiveBack(session, actual, to, release));
  }

  @Override
  public Connection unwrap() {
    return delegate;
  }

  @Override
  public String toString() {
    return "Ctx[" + delegate + "]";
  }
}
