package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.github.resilience4j.reactor.timelimiter.TimeLimiterOperator;
import io.github.resilience4j.timelimiter.TimeLimiter;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What stands at the end of a pipeline so that it can be cut: ours, the peers', or nothing. */
public enum ReactorOperator {
  RAW {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux;
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono;
    }
  },
  BIND {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.transform(CtxOps.bind(CTX));
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.transform(CtxOps.bind(CTX));
    }
  },
  TAKE_UNTIL_OTHER {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.takeUntilOther(TOKEN);
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.takeUntilOther(TOKEN);
    }
  },
  /** A signal that registers nowhere and cannot come: the least that the operator can cost. */
  TAKE_UNTIL_OTHER_NEVER {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.takeUntilOther(Mono.never());
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.takeUntilOther(Mono.never());
    }
  },
  TIMEOUT {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.timeout(MINUTE);
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.timeout(MINUTE);
    }
  },
  TIMEOUT_PUBLISHER {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.timeout(TOKEN, element -> TOKEN);
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.timeout(TOKEN);
    }
  },
  TIME_LIMITER {
    @Override
    <T> Flux<T> on(Flux<T> flux) {
      return flux.transform(TimeLimiterOperator.of(TimeLimiter.of(MINUTE)));
    }

    @Override
    <T> Mono<T> on(Mono<T> mono) {
      return mono.transform(TimeLimiterOperator.of(TimeLimiter.of(MINUTE)));
    }
  };

  static final CancelCtx CTX = Ctx.background().withCancel();
  static final Mono<Void> TOKEN = Sinks.<Void>empty().asMono();
  private static final Duration MINUTE = Duration.ofMinutes(1);

  abstract <T> Flux<T> on(Flux<T> flux);

  abstract <T> Mono<T> on(Mono<T> mono);
}
