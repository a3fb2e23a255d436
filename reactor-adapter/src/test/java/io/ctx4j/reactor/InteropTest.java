package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bind over what people have: futures, resources, hot sources, foreign publishers. */
class InteropTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName("R1 bound over fromFuture, the future is canceled")
  void fromFuture_cut_cancelsTheFuture() {
    var future = new CompletableFuture<Integer>();
    var probe = Probe.on(Mono.fromFuture(future).transform(CtxOps.bind(ctx)));

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(future).isCancelled();
  }

  @Test
  @DisplayName("R2 a done context keeps fromFuture's supplier from being asked")
  void fromFuture_done_isNotAsked() {
    List<String> asked = new ArrayList<>();
    ctx.cancel();

    Probe.on(Mono.fromFuture(() -> {
              asked.add("asked");
              return new CompletableFuture<Integer>();
            })
            .transform(CtxOps.bind(ctx)))
        .assertSignals("cut");

    assertThat(asked).isEmpty();
  }

  @Test
  @DisplayName("R1 toFuture of a bound Mono fails with the copy")
  void toFuture_cut_fails() {
    CompletableFuture<Integer> future =
        Mono.<Integer>never().transform(CtxOps.bind(ctx)).toFuture();

    ctx.cancel();

    assertThat(future).isCompletedExceptionally();
    assertThat(future.handle((value, thrown) -> thrown.getMessage()).join())
        .isEqualTo("context canceled");
  }

  @Test
  @DisplayName("R1 block() throws the copy, and adds its own suppressed exception to that alone")
  void block_cut_throwsTheCopy() {
    CancelCtx soon = Ctx.background().withTimeout(Duration.ofMillis(1));
    Mono<Integer> never = Mono.<Integer>never().transform(CtxOps.bind(soon));

    assertThatThrownBy(() -> never.block(Duration.ofSeconds(Threads.STUCK_SECONDS)))
        .isInstanceOf(DeadlineExceededException.class)
        .isNotSameAs(soon.err())
        .satisfies(thrown -> assertThat(thrown.getSuppressed()).isNotEmpty());
    assertThat(requireNonNull(soon.err()).getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("R1 a subscriber without an error callback does not keep the others from being told")
  void subscribe_withoutErrorCallback_keepsNobody() {
    try (var dropped = Dropped.everywhere()) {
      Flux.<Integer>never().transform(CtxOps.bind(ctx)).subscribe();
      var probe = Probe.on(Flux.<Integer>never().transform(CtxOps.bind(ctx)));

      assertThat(ctx.cancel()).isTrue();

      probe.assertSignals("cut");
      assertThat(dropped.errors).hasSize(1);
    }
  }

  @Test
  @DisplayName("R1 groups and windows can be bound, and are cut, by themselves")
  void group_cut() {
    Source<Integer> source = new Source<>();
    var probe = Probe.on(source
        .groupBy(i -> i % 2)
        .flatMap(group -> group.key() == 0
            ? group.<Integer>transform(CtxOps.bind(ctx)).onErrorReturn(0)
            : group));
    source.emit(1, 2);

    ctx.cancel();
    source.emit(3).complete();

    probe.assertSignals(1, 2, 0, 3, "complete");
  }

  @Test
  @DisplayName("R6 usingWhen's asyncCancel sees why: ctx.cause()")
  void usingWhen_cut_seesTheCause() {
    var why = new IllegalStateException("client gone");
    List<@Nullable Throwable> causes = new ArrayList<>();
    Mono<Void> rollback = Mono.deferContextual(view -> {
      causes.add(CtxOps.get(view).cause());
      return Mono.empty();
    });
    Flux<Integer> transaction = Flux.usingWhen(
        Mono.just("connection"),
        connection -> Flux.<Integer>never(),
        connection -> Mono.empty(),
        (connection, error) -> Mono.empty(),
        connection -> rollback);
    var probe = Probe.on(transaction.transform(CtxOps.bind(ctx)));

    ctx.cancel(why);

    probe.assertSignals("cut");
    assertThat(causes).containsExactly(why);
  }

  @Test
  @DisplayName("R1 share() below bind is cut for all, bind below share() for one")
  void share_cut() {
    Source<Integer> source = new Source<>();
    Flux<Integer> shared = source.share();
    var bound = Probe.on(shared.transform(CtxOps.bind(ctx)));
    var other = Probe.on(shared);
    source.emit(1);

    ctx.cancel();
    source.emit(2);

    bound.assertSignals(1, "cut");
    other.assertSignals(1, 2);
    assertThat(source.canceled).hasValue(0);
  }

  @Test
  @DisplayName("R1 a foreign publisher becomes a Flux, bound as any")
  void foreignPublisher_isBound() {
    Source<Integer> source = new Source<>();
    Publisher<Integer> foreign = new Publisher<>() {
      @Override
      public void subscribe(Subscriber<? super Integer> subscriber) {
        source.subscribe(subscriber);
      }
    };
    var probe = Probe.on(CtxOps.<Integer>bind(ctx).apply(foreign));
    source.emit(1);

    ctx.cancel();

    probe.assertSignals(1, "cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 each rail of a parallel flux can be bound, and is cut")
  void parallelRails_cut() {
    Source<Integer> source = new Source<>();
    var probe = Probe.on(source
        .parallel(2)
        .transformGroups(group -> group.<Integer>transform(CtxOps.bind(ctx)))
        .sequential());
    source.emit(1, 2);

    ctx.cancel();

    assertThat(probe.signals()).containsExactly(1, 2, "cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 transformDeferred binds as transform does, looked up per subscription")
  void transformDeferred_isBound() {
    Source<Integer> source = new Source<>();
    var probe = Probe.on(source.transformDeferred(CtxOps.bind(ctx)));

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R6 bind() binds each subscriber of one assembly to its own Ctx")
  void bindSubscribers_eachToItsOwn() {
    Flux<Integer> shared = new Source<Integer>().transform(CtxOps.bind());
    CancelCtx other = Ctx.background().withCancel();
    var first = Probe.on(shared.contextWrite(CtxOps.put(ctx)));
    var second = Probe.on(shared.contextWrite(CtxOps.put(other)));
    var none = Probe.on(shared);

    ctx.cancel();

    first.assertSignals("cut");
    second.assertSignals();
    other.cancel();
    second.assertSignals("cut");
    none.assertSignals();
  }
}
