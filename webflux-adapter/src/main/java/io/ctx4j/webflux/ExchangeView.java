package io.ctx4j.webflux;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Timeouts.Limit;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.Outcome;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** An exchange for those who look: which deadline counts now, and what is left of it. */
final class ExchangeView implements LiveExchange {
  private final ServerWebExchange exchange;
  private final Gate gate;
  private final ExchangeContexts contexts;

  ExchangeView(ServerWebExchange exchange, Gate gate, ExchangeContexts contexts) {
    this.exchange = exchange;
    this.gate = gate;
    this.contexts = contexts;
  }

  @Override
  public void endStream(Throwable cause) {
    if (gate.body() == Body.STREAM) {
      contexts.stream().cancel(cause);
    } else if (contexts.isStreamExpected() && !gate.isCommitted()) {
      contexts.ctx().cancel(cause); // of a stream that begins now, begun() sees to the end
    }
  }

  /**
   * How it counts that has ended so.
   *
   * @param observed whether its deadlines were none, and only observed
   */
  Outcome outcome(Outcome outcome, long nanos, boolean observed) {
    CtxException reason = gate.reason();
    if (reason != null) {
      return Outcome.of(reason);
    }
    return outcome == Outcome.COMPLETED && observed && wouldExceed(nanos)
        ? Outcome.WOULD_EXCEED
        : outcome;
  }

  private boolean wouldExceed(long nanos) {
    Duration timeout = limit().timeout();
    return timeout != null && Duration.ofNanos(nanos).compareTo(timeout) >= 0;
  }

  /**
   * By identity, as equals; but an object's own hash is made by the VM, which takes longer than to
   * derive a context.
   */
  @Override
  public int hashCode() {
    return Long.hashCode(contexts.start);
  }

  @Override
  @SuppressWarnings("ReferenceEquality")
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public ServerWebExchange exchange() {
    return exchange;
  }

  @Override
  public Source source() {
    return remaining() == null ? Source.NONE : limit().source();
  }

  /** What counts now. */
  private Limit limit() {
    Timeouts timeouts = contexts.timeouts;
    if (gate.body() == Body.STREAM) {
      return timeouts.stream();
    }
    return contexts.opening() != null && !gate.isCommitted()
        ? timeouts.opening()
        : timeouts.response();
  }

  private @Nullable Duration remaining() {
    if (gate.body() == Body.STREAM) {
      return contexts.last().remaining();
    }
    CancelCtx opening = gate.isCommitted() ? null : contexts.opening();
    return (opening == null ? contexts.ctx() : opening).remaining();
  }

  @Override
  public long ageMillis() {
    return contexts.nanos() / 1_000_000;
  }

  @Override
  public @Nullable Long leftMillis() {
    Duration left = remaining();
    return left == null ? null : CtxClientFilter.millis(left);
  }

  @Override
  public List<Ctx> own() {
    return contexts.live();
  }
}
