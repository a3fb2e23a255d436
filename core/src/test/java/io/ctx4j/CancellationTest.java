package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who ends a context, with what, and how far it reaches. */
class CancellationTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final Throwable why = new IllegalStateException("why");
  private final CancelCtx parent = Ctx.background().withCancel();

  @Test
  @DisplayName("C1 the first cancellation wins")
  void cancel_again_isFalse() {
    assertThat(parent.cancel()).isTrue();
    assertThat(parent.cancel()).isFalse();
    assertThat(parent.cancel(why)).isFalse();
  }

  @Test
  @DisplayName("C1 err and cause never change")
  void cancel_again_errAndCauseStay() {
    parent.cancel(why);
    CtxException err = parent.err();

    parent.cancel(new Exception("later"));
    parent.close();
    parent.cancel(null);

    assertThat(parent.err()).isSameAs(err);
    assertThat(parent.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C1 cancel after close changes nothing")
  void cancel_afterClose_isFalse() {
    parent.close();

    assertThat(parent.cancel(why)).isFalse();
    assertThat(parent.err()).hasMessage("context closed");
    assertThat(parent.cause()).isSameAs(parent.err());
  }

  @Test
  @DisplayName("C1 cancel after the deadline changes nothing")
  void cancel_afterDeadline_isFalse() {
    var time = new HookedTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(1));

    assertThat(ctx.cancel(why)).isFalse();
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("C1 a deadline after cancel changes nothing")
  void deadline_afterCancel_errStays() {
    var time = new HookedTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(1));
    ctx.cancel(why);

    time.advance(Duration.ofSeconds(1));

    assertThat(ctx.err()).isInstanceOf(CanceledException.class);
    assertThat(ctx.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C1 a callback that cancels its own context again loses")
  void cancel_inOwnCallback_isFalse() {
    var second = new AtomicReference<Boolean>();
    parent.onDone(() -> second.set(parent.cancel(new Exception("second"))));

    assertThat(parent.cancel(why)).isTrue();

    assertThat(second.get()).isFalse();
    assertThat(parent.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C3 a child takes err and cause of its parent, the instances")
  void cancel_ofParent_childHasItsErrAndCause() {
    CancelCtx child = parent.withValue(USER, "u").withName("n").withCancel();
    Ctx grandchild = child.withTimeout(Duration.ofHours(1)).withValue(USER, "v");

    parent.cancel(why);

    assertThat(child.err()).isSameAs(parent.err());
    assertThat(child.cause()).isSameAs(why);
    assertThat(grandchild.err()).isSameAs(parent.err());
    assertThat(grandchild.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C3 what was done before keeps its own")
  void cancel_ofParent_doneChildKeepsItsOwn() {
    CancelCtx child = parent.withCancel();
    Ctx grandchild = child.withCancel();
    child.cancel(why);
    CtxException err = child.err();

    parent.cancel(new Exception("too late"));

    assertThat(child.err()).isSameAs(err);
    assertThat(grandchild.err()).isSameAs(err);
    assertThat(grandchild.cause()).isSameAs(why);
    assertThat(parent.err()).isNotSameAs(err);
  }

  @Test
  @DisplayName("C3 what is derived from a done context is done with its err and cause")
  void derive_fromDone_hasItsErrAndCause() {
    parent.cancel(why);

    for (Ctx child : PropagationTest.everyDerivation(parent)) {
      assertThat(child.isDone()).as(child.toString()).isTrue();
      assertThat(child.err()).as(child.toString()).isSameAs(parent.err());
      assertThat(child.cause()).as(child.toString()).isSameAs(why);
    }
  }

  @Test
  @DisplayName("C4 a live context shows none of the three")
  void err_live_isNull() {
    for (Ctx ctx : PropagationTest.everyDerivation(parent)) {
      assertThat(ctx.isDone()).as(ctx.toString()).isFalse();
      assertThat(ctx.err()).as(ctx.toString()).isNull();
      assertThat(ctx.cause()).as(ctx.toString()).isNull();
      assertThat(Signals.of(ctx).events()).as(ctx.toString()).containsExactly("onSubscribe");
    }
  }

  @Test
  @DisplayName("C4 a done context shows all three")
  void err_done_isSetWithCauseAndSignal() {
    List<Ctx> derived = PropagationTest.everyDerivation(parent);

    parent.close();

    for (Ctx ctx : derived) {
      assertThat(ctx.isDone()).as(ctx.toString()).isTrue();
      assertThat(ctx.err()).as(ctx.toString()).isNotNull();
      assertThat(ctx.cause()).as(ctx.toString()).isNotNull();
      assertThat(Signals.of(ctx).events())
          .as(ctx.toString())
          .containsExactly("onSubscribe", "onComplete");
    }
  }

  @Test
  @DisplayName("C4 a callback sees all three")
  void callback_runs_seesErrAndCause() {
    var seen = new ArrayList<Object>();
    parent.onDone(() -> {
      seen.add(parent.isDone());
      seen.add(parent.cause());
      seen.add(parent.err());
      seen.addAll(Signals.of(parent).events());
    });

    parent.cancel(why);

    assertThat(seen).containsExactly(true, why, parent.err(), "onSubscribe", "onComplete");
  }
}
