package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Mutiny's types speak the JDK's Flow, so that the recipe for Flow binds them. */
class MutinyGuideTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final AtomicInteger canceled = new AtomicInteger();

  // region bind
  static <T> Multi<T> bound(Ctx ctx, Multi<T> multi) {
    return multi.plug(source -> Multi.createFrom().publisher(StreamGuide.bound(ctx, source)));
  }

  static <T> Uni<T> bound(Ctx ctx, Uni<T> uni) {
    return bound(ctx, uni.toMulti()).toUni();
  }

  // endregion

  @Test
  @DisplayName("P2 a Multi ends with ctx's error, and upstream is canceled")
  void multi_ctxDone_ends() {
    Multi<Integer> source = Multi.createBy()
        .concatenating()
        .streams(Multi.createFrom().item(1), Multi.createFrom().nothing());
    var subscriber = bound(ctx, source.onCancellation().invoke(canceled::incrementAndGet))
        .subscribe()
        .withSubscriber(AssertSubscriber.<Integer>create(2));

    ctx.cancel();

    subscriber.assertItems(1).assertFailedWith(CanceledException.class, "context canceled");
    assertThat(canceled).hasValue(1);
  }

  @Test
  @DisplayName("P2 a live Multi and Uni are as they were")
  void live_isTheSource() {
    assertThat(bound(ctx, Multi.createFrom().items(1, 2, 3))
            .collect()
            .asList()
            .await()
            .indefinitely())
        .containsExactly(1, 2, 3);
    assertThat(bound(ctx, Uni.createFrom().item("a")).await().indefinitely()).isEqualTo("a");
  }

  @Test
  @DisplayName("P2 a Uni ends with ctx's error, and upstream is canceled")
  void uni_ctxDone_ends() {
    Uni<String> source =
        Uni.createFrom().<String>nothing().onCancellation().invoke(canceled::incrementAndGet);
    var subscriber =
        bound(ctx, source).subscribe().withSubscriber(UniAssertSubscriber.<String>create());

    ctx.cancel();

    subscriber.assertFailedWith(CanceledException.class, "context canceled");
    assertThat(canceled).hasValue(1);
  }
}
