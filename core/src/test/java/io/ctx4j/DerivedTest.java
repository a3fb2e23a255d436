package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** withoutCancel(), and what roots have. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class DerivedTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HookedTime time = new HookedTime();
  private final CancelCtx parent = Ctx.root(time).withValue(USER, "u").withTimeout(SECOND);

  @Test
  @DisplayName("C23 withoutCancel() is never done by an ancestor")
  void withoutCancel_parentEnds_staysLive() {
    Ctx detached = parent.withoutCancel();
    CancelCtx below = detached.withCancel();

    time.advance(SECOND);
    parent.cancel();

    for (Ctx ctx : new Ctx[] {detached, below, parent.withoutCancel()}) {
      assertThat(ctx.isDone()).isFalse();
      assertThat(ctx.err()).isNull();
      assertThat(ctx.cause()).isNull();
    }
    assertThat(below.cancel()).isTrue();
    assertThat(detached.isDone()).isFalse();
  }

  @Test
  @DisplayName(
      "C23 it can never be done, has no deadline, and its values and time source are the parent's")
  void withoutCancel_isABackground() {
    Ctx detached = parent.withoutCancel();

    assertThat(detached.isCancelable()).isFalse();
    assertThat(detached.deadline()).isNull();
    assertThat(detached.remaining()).isNull();
    assertThat(detached.value(USER)).isEqualTo("u");
    detached.throwIfDone();
    assertThat(Signals.of(detached).events()).containsExactly("onSubscribe");
  }

  @Test
  @DisplayName("C23 below it a deadline may be later than the one above, on the same time source")
  void withoutCancel_child_mayOutliveTheDeadline() {
    CancelCtx child = parent.withoutCancel().withTimeout(SECOND.multipliedBy(2));

    assertThat(time.delays()).hasSize(2);
    assertThat(child.deadline()).isEqualTo(HookedTime.START.plusSeconds(2));
    time.advance(SECOND);
    assertThat(parent.isDone()).isTrue();
    assertThat(child.isDone()).isFalse();
    time.advance(SECOND);
    assertThat(child.err()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("C23 what is below it is not registered above")
  void withoutCancel_child_isNotInTheParentsTree() {
    parent.withoutCancel().withCancel();

    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C23 from a done context it is live")
  void withoutCancel_ofDone_isLive() {
    parent.close();

    Ctx detached = parent.withoutCancel();
    CancelCtx child = detached.withCancel();

    assertThat(detached.isDone()).isFalse();
    assertThat(child.isDone()).isFalse();
    assertThat(child.withTimeout(SECOND).isDone()).isFalse();
  }

  @Test
  @DisplayName("C23 of a background, a merged one and itself")
  void withoutCancel_ofOthers_works() {
    CancelCtx merged = Ctx.merge(parent, Ctx.background());
    for (Ctx ctx : new Ctx[] {Ctx.background(), Ctx.todo(), merged, parent.withoutCancel()}) {
      Ctx detached = ctx.withoutCancel();
      assertThat(detached.isCancelable()).isFalse();
      assertThat(detached.deadline()).isNull();
    }
    Ctx ofMerged = merged.withoutCancel();
    parent.cancel();
    assertThat(ofMerged.withTimeout(SECOND.multipliedBy(5)).isDone()).isFalse();
    assertThat(ofMerged.value(USER)).isEqualTo("u");
    assertThat(time.live()).isEqualTo(1);
  }

  @Test
  @DisplayName("C28 roots are never done, without values and deadline")
  void roots_areNeverDone() {
    for (Ctx root : new Ctx[] {Ctx.background(), Ctx.todo(), Ctx.root(time)}) {
      assertThat(root.isDone()).isFalse();
      assertThat(root.isCancelable()).isFalse();
      assertThat(root.err()).isNull();
      assertThat(root.cause()).isNull();
      assertThat(root.deadline()).isNull();
      assertThat(root.remaining()).isNull();
      root.throwIfDone();
      var values = new AtomicInteger();
      root.forEachValue((key, value) -> values.incrementAndGet());
      assertThat(values).hasValue(0);
    }
    assertThat(Ctx.background()).isSameAs(Ctx.background()).isNotSameAs(Ctx.todo());
  }

  @Test
  @DisplayName("C24 the time source of a tree is that of its root, all the way down")
  void root_timeSource_isInherited() {
    Ctx deep = Ctx.root(time).withName("n").withCancel().withValue(USER, "v").withoutCancel();

    CancelCtx ctx = deep.withCancel().withTimeout(SECOND);

    assertThat(time.live()).isEqualTo(2);
    assertThat(ctx.deadline()).isEqualTo(HookedTime.START.plusSeconds(1));
  }

  @Test
  @DisplayName("C38 a name or value layer is done with its context, in both directions of making")
  void layer_isDoneWithItsContext() {
    CancelCtx ctx = Ctx.background().withCancel();
    Ctx value = ctx.withValue(USER, "u");
    CancelCtx named = ctx.withName("n");

    assertThat(named.cancel()).isTrue();

    assertThat(ctx.isDone()).isTrue();
    assertThat(value.err()).isNotNull().isSameAs(ctx.err()).isSameAs(named.err());
    assertThat(ctx.cancel()).isFalse();
  }
}
