package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Many requests at once, half of them cut early: what is left, and who was disturbed. */
@Tag("race")
class LoadTest {
  private static final int POOL = 10;
  private static final int REQUESTS = Integer.getInteger("ctx4j.requests", 1_500);

  /** What a canceled statement would go on for: who waits for one is found by that. */
  private static final int SLOW = 30;

  private static final Duration UNDISTURBED = Duration.ofSeconds(25);

  @ParameterizedTest
  @EnumSource
  @DisplayName("D2, D10 half of all requests cut: each other gets its own row, and nothing is left")
  void requests_halfOfThemCut_noneDisturbsAnother(Place place) {
    assertThat(run(Database.POSTGRESQL, place, REQUESTS, Work.BOUND)).isEmpty();
  }

  enum Work {
    /** Bound to its Ctx: told at once. */
    BOUND,
    /** The Ctx is only put: told when the database has answered. */
    PUT
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D2, D10 the same where the Ctx is only put")
  void requestsWithPut_halfOfThemCut_noneDisturbsAnother(Place place) {
    assertThat(run(Database.POSTGRESQL, place, REQUESTS, Work.PUT)).isEmpty();
  }

  /** What went wrong. */
  static List<String> run(Server server, Place place, int requests, Work work) {
    var closed = new AtomicInteger();
    try (var service = place.service(
        server,
        POOL,
        settings -> settings.giveUp(Database.STUCK).onAbort(outcome -> {
          if (outcome == AbortOutcome.CLOSED) {
            closed.incrementAndGet();
          }
        }))) {
      Ctx root = Ctx.background().withCancel();
      List<String> wrong = requireNonNull(Flux.range(0, requests)
          .flatMap(
              i -> i % 2 == 0
                  ? quick(service, root, work, i)
                  : cut(service, root, work, Duration.ofMillis(1 + i % 30)),
              40)
          .collectList()
          .block(Duration.ofSeconds(110 + requests / 20)));
      service.awaitNothingLeft();
      if (closed.get() != 0) {
        wrong.add("given up " + closed);
      }
      service.awaitIdle(POOL);
      if (root.tree().lines().count() != 1) {
        wrong.add("live contexts: " + root.tree());
      }
      return wrong;
    }
  }

  private static <T> Mono<T> within(Ctx root, Duration timeout, Work work, Mono<T> statement) {
    return Mono.using(
        () -> root.withTimeout(timeout),
        ctx -> work == Work.BOUND
            ? statement.transform(CtxOps.bind(ctx))
            : statement.contextWrite(CtxOps.put(ctx)),
        CancelCtx::close);
  }

  private static Mono<String> quick(Place.Service service, Ctx root, Work work, int i) {
    Function<Connection, Publisher<Integer>> select = i % 4 == 0
        ? c -> StatementTest.one(c, "SELECT " + i)
        : c -> Flux.from(c.createStatement("SELECT " + service.server().parameter(1))
                .bind(0, i)
                .execute())
            .flatMap(result -> result.map(row -> row.get(0, Integer.class)));
    return within(root, UNDISTURBED, work, StatementTest.using(service, select))
        .flatMap(row -> row == i ? Mono.<String>empty() : Mono.just(i + " got the row of " + row))
        .onErrorResume(e -> Mono.just(i + " failed: " + e));
  }

  private static Mono<String> cut(Place.Service service, Ctx root, Work work, Duration timeout) {
    return within(
            root,
            timeout,
            work,
            StatementTest.using(
                service, c -> StatementTest.one(c, service.server().slow(SLOW))))
        .map(row -> "a statement of 30 s ended by itself")
        .onErrorResume(DeadlineExceededException.class, e -> Mono.empty())
        .onErrorResume(e -> Mono.just("not cut, but " + e));
  }

  /** [requests]: for once, by hand. */
  public static void main(String[] args) {
    int requests = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
    for (Place place : Place.values()) {
      for (Work work : Work.values()) {
        long start = System.nanoTime();
        List<String> wrong = run(Database.POSTGRESQL, place, requests, work);
        System.out.println(place + " " + work + " " + requests + " requests, "
            + (System.nanoTime() - start) / 1_000_000 + " ms, wrong: " + wrong);
      }
    }
    System.exit(0);
  }
}
