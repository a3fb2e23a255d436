package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.EndByContextLaws;
import io.ctx4j.testing.LateErrors;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws of all streams, for Flux and Mono. */
@ParameterizedClass
@EnumSource(EndByContextTest.Type.class)
class EndByContextTest extends EndByContextLaws {
  enum Type {
    FLUX,
    MONO
  }

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Type type;

  EndByContextTest(Type type) {
    this.type = type;
  }

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
    return Dropped.everywhere();
  }

  private final class BoundStream implements Stream {
    private final Source<Integer> source = new Source<>();
    private final Probe<Integer> probe = Probe.of(Long.MAX_VALUE);

    @Override
    public void subscribe() {
      probe.to(
          type == Type.FLUX
              ? source.transform(CtxOps.bind(ctx))
              : source.mono().transform(CtxOps.bind(ctx)));
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
      probe.inEnd = action;
    }

    @Override
    public void leave() {
      probe.cancel();
    }

    @Override
    public boolean isOver() {
      return probe.isOver();
    }

    @Override
    public Throwable error() {
      return probe.error();
    }

    @Override
    public void assertSignals(Object... expected) {
      probe.assertSignals(expected);
    }
  }
}
