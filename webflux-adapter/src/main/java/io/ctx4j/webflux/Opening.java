package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;

/**
 * Ends an event stream that has not begun, where another deadline does than that of any response.
 */
final class Opening extends DoneListener {
  private final CancelCtx ctx;
  private final Gate gate;
  private final Exchange exchange;

  Opening(CancelCtx ctx, Gate gate, Exchange exchange) {
    this.ctx = ctx;
    this.gate = gate;
    this.exchange = exchange;
  }

  void listen() {
    if (!listen(ctx)) {
      onDone(requireNonNull(ctx.err()));
    }
  }

  void end() {
    unlisten();
  }

  @Override
  protected boolean runsApart() {
    return true;
  }

  @Override
  protected void onDone(CtxException err) {
    if (gate.refuse(err)) {
      exchange.answerAndCancel();
    }
  }
}
