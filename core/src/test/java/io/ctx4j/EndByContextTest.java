package io.ctx4j;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.EndByContextLaws;
import io.ctx4j.testing.LateErrors;

/** The laws of all streams, for any publisher, by the rules of Reactive Streams alone. */
class EndByContextTest extends EndByContextLaws {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Override
  protected Stream stream() {
    return new BoundStream();
  }

  @Override
  protected void cancel(Throwable cause) {
    ctx.cancel(cause);
  }

  @Override
  protected void close() {
    ctx.close();
  }

  @Override
  protected Throwable err() {
    return requireNonNull(ctx.err());
  }

  @Override
  protected boolean isDone() {
    return ctx.isDone();
  }

  @Override
  protected boolean isCanceled(Throwable error, boolean closed) {
    return error instanceof CanceledException canceled && canceled.isClosed() == closed;
  }

  @Override
  protected LateErrors lateErrors() {
    return Uncaught.here();
  }

  private final class BoundStream implements Stream {
    private final Feed<Integer> source = new Feed<>();
    private final Received<Integer> received = new Received<>();

    @Override
    public void subscribe() {
      CtxPublishers.bind(ctx, source).subscribe(received);
      received.subscription().request(Long.MAX_VALUE);
    }

    @Override
    public void inCancel(Runnable action) {
      source.inCancel = action;
    }

    @Override
    public int canceled() {
      return source.canceled.get();
    }

    @Override
    public void emit(int element) {
      source.emit(element);
    }

    @Override
    public void end() {
      source.complete();
    }

    @Override
    public void fail(Throwable error) {
      source.fail(error);
    }

    @Override
    public void inEnd(Runnable action) {
      received.inNext = action;
    }

    @Override
    public void leave() {
      received.subscription().cancel();
    }

    @Override
    public boolean isOver() {
      return received.ended.getCount() == 0;
    }

    @Override
    public Throwable error() {
      return received.error();
    }

    @Override
    public void assertSignals(Object... expected) {
      received.assertSignals(expected);
    }
  }
}
