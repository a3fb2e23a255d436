package io.ctx4j.webflux;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.spi.Meters;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Ends calls of a WebClient with the subscriber's {@link Ctx}, and tells the callee what is left of
 * it.
 *
 * <p>The context is looked up for each attempt. Where it is done no call is made. Otherwise
 * {@code X-Request-Timeout-Ms} carries what remains until its deadline as the request is sent,
 * whatever filters further in have taken, in place of any value that the request had before;
 * without a deadline, or to another host, it is taken away. With reactor-netty that holds across
 * redirects, too; other connectors carry the header on when they follow one themselves. The
 * response's head and body are both bound, so that neither outlives the deadline.
 *
 * <p>A call that is cut fails with the exception of the innermost context that ended it. Of a
 * body's, {@code retrieve()} makes the cause of a {@code WebClientResponseException}.
 *
 * <p>A call that its context ends fails at once, on the context's thread; what goes on below, with
 * reactor-netty, is canceled on the thread of its connection.
 *
 * <p>Spring Boot's {@code WebClient.Builder} has this filter. A {@code WebClient.create()} has not:
 * {@code WebClient.builder().filter(new CtxClientFilter())}.
 */
public final class CtxClientFilter implements ExchangeFilterFunction {
  /** Down to a whole millisecond, and the callee's timer. */
  private static final Duration ROUNDING = Duration.ofMillis(2);

  private final Set<String> hosts;
  private final boolean tells;
  private final Meters meters;

  /** Makes a filter that tells every host. */
  public CtxClientFilter() {
    this(List.of());
  }

  /**
   * Makes a filter that tells some hosts.
   *
   * @param hosts their names, without ports; empty: all
   */
  public CtxClientFilter(Collection<String> hosts) {
    this(hosts, true, Meters.NONE);
  }

  /**
   * Makes any of them; for the Spring Boot starter, and subject to change.
   *
   * @param tells false: the header is left as it is
   */
  public CtxClientFilter(Collection<String> hosts, boolean tells, Meters meters) {
    this.hosts =
        hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(toUnmodifiableSet());
    this.tells = tells;
    this.meters = meters;
  }

  @Override
  public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
    return Mono.deferContextual(view -> call(CtxOps.get(view), request, next));
  }

  private Mono<ClientResponse> call(Ctx ctx, ClientRequest request, ExchangeFunction next) {
    CtxException err = ctx.err();
    if (err != null) {
      meters.skipped();
      return Mono.error(err.copy());
    }
    if (!ctx.isCancelable()) {
      return next.exchange(withRemaining(ctx, request, sent -> setRemainingAsSent(ctx, sent)));
    }
    var attempt = new CancelOnConnection();
    return next.exchange(withRemaining(ctx, request, sent -> {
          attempt.accept(sent);
          setRemainingAsSent(ctx, sent);
        }))
        .onErrorResume(error -> isSpent(ctx), error -> Mono.never())
        .cancelOn(Schedulers.fromExecutor(attempt))
        .transform(CtxOps.bind(ctx))
        .doOnDiscard(
            ClientResponse.class, late -> cancel(late.body(BodyExtractors.toDataBuffers())))
        .map(head -> head.mutate().body(body -> bound(ctx, body)).build());
  }

  /**
   * A body that nobody subscribes to keeps its connection: where the context is first, somebody
   * must.
   */
  private static Flux<DataBuffer> bound(Ctx ctx, Flux<DataBuffer> body) {
    return Flux.defer(() -> {
      AtomicBoolean subscribed = new AtomicBoolean();
      Flux<DataBuffer> read = body.doOnSubscribe(subscription -> subscribed.set(true))
          .onErrorResume(error -> isSpent(ctx), error -> Flux.never());
      return BoundBody.of(read, ctx).doOnError(error -> {
        if (!subscribed.get()) {
          cancel(body);
        }
      });
    });
  }

  /**
   * Whether the callee's budget, which was rounded down, ends now. It counts down the same one as
   * we, and where it is first and breaks its response off, that is not another error: the context's
   * is due. Once the context is done, whatever still comes is for nobody.
   */
  private static boolean isSpent(Ctx ctx) {
    if (ctx.isDone()) {
      return true;
    }
    Duration remaining = ctx.remaining();
    return remaining != null && remaining.compareTo(ROUNDING) < 0;
  }

  /** Closes the connection, which reading to the end would not do in time. */
  private static void cancel(Flux<DataBuffer> body) {
    body.subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.cancel();
      }

      @Override
      protected void hookOnError(Throwable error) {} // closed already
    });
  }

  /**
   * Says what remains now, for filters further in, and once more as it is sent, which can be much
   * later.
   */
  private ClientRequest withRemaining(
      Ctx ctx, ClientRequest request, Consumer<ClientHttpRequest> sending) {
    ClientRequest.Builder builder = ClientRequest.from(request).httpRequest(sending);
    if (tells) {
      builder.headers(headers -> setRemaining(ctx, headers, request.url().getHost()));
    }
    return builder.build();
  }

  private void setRemainingAsSent(Ctx ctx, ClientHttpRequest request) {
    if (tells) {
      request.beforeCommit(() -> Mono.fromRunnable(
          () -> setRemaining(ctx, request.getHeaders(), NettyChannel.host(request))));
    }
  }

  private void setRemaining(Ctx ctx, HttpHeaders headers, @Nullable String host) {
    Duration remaining = isTold(host) ? ctx.remaining() : null;
    if (remaining != null) {
      headers.set(DeadlineHeader.OURS, Long.toString(Math.max(1, millis(remaining))));
    } else {
      headers.remove(DeadlineHeader.OURS);
    }
  }

  private boolean isTold(@Nullable String host) {
    return hosts.isEmpty() || (host != null && hosts.contains(host.toLowerCase(Locale.ROOT)));
  }

  /** Rounded down, but for what is too long to be said in milliseconds. */
  static long millis(Duration duration) {
    return duration.compareTo(Duration.ofMillis(Long.MAX_VALUE)) < 0
        ? duration.toMillis()
        : Long.MAX_VALUE;
  }
}
