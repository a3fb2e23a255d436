package io.ctx4j.r2dbc;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import org.reactivestreams.Publisher;

/** A statement whose execution belongs to the Ctx of its subscriber. */
final class CtxStatement implements Statement {
  private final Session session;
  private final Statement delegate;
  private final boolean withoutCtx;
  private boolean bound;
  private boolean inParts;

  CtxStatement(Session session, Statement delegate, boolean withoutCtx) {
    this.session = session;
    this.delegate = delegate;
    this.withoutCtx = withoutCtx;
  }

  @Override
  public Publisher<? extends Result> execute() {
    ResultShape shape = session.settings.driver().shape(bound, inParts);
    return ResultFlux.of(session, shape, withoutCtx, delegate::execute);
  }

  @Override
  public Statement add() {
    delegate.add();
    return this;
  }

  @Override
  public Statement bind(int index, Object value) {
    delegate.bind(index, value);
    bound = true;
    return this;
  }

  @Override
  public Statement bind(String name, Object value) {
    delegate.bind(name, value);
    bound = true;
    return this;
  }

  @Override
  public Statement bindNull(int index, Class<?> type) {
    delegate.bindNull(index, type);
    bound = true;
    return this;
  }

  @Override
  public Statement bindNull(String name, Class<?> type) {
    delegate.bindNull(name, type);
    bound = true;
    return this;
  }

  @Override
  public Statement returnGeneratedValues(String... columns) {
    delegate.returnGeneratedValues(columns);
    return this;
  }

  @Override
  public Statement fetchSize(int rows) {
    delegate.fetchSize(rows);
    inParts = rows > 0;
    return this;
  }

  @Override
  public String toString() {
    return delegate.toString();
  }
}
