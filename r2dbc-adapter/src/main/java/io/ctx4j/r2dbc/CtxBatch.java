package io.ctx4j.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Result;
import org.reactivestreams.Publisher;

/** A batch whose execution belongs to the Ctx of its subscriber. */
final class CtxBatch implements Batch {
  private final Session session;
  private final Batch delegate;

  CtxBatch(Session session, Batch delegate) {
    this.session = session;
    this.delegate = delegate;
  }

  @Override
  public Batch add(String sql) {
    delegate.add(sql);
    return this;
  }

  @Override
  public Publisher<? extends Result> execute() {
    ResultShape shape = session.settings.driver().shape(false, false);
    return ResultFlux.of(session, shape, false, delegate::execute);
  }

  @Override
  public String toString() {
    return delegate.toString();
  }
}
