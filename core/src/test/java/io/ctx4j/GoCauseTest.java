package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Go's table of causes, and its races about them. */
@SuppressWarnings("StaticAssignmentOfThrowable") // compared by identity, never thrown
class GoCauseTest {
  private static final Duration FOREVER = Duration.ofHours(10_000);
  private static final Exception PARENT = new Exception("parent's cause");
  private static final Exception CHILD = new Exception("child's cause");
  private static final Exception LATE = new Exception("too slow");

  /** Stands for "err itself". */
  private static final Exception ERR = new Exception("err");

  private static Arguments row(
      String what,
      UnaryOperator<Ctx> make,
      @Nullable Class<? extends CtxException> err,
      @Nullable Throwable cause) {
    return Arguments.of(what, make, err, cause);
  }

  private static Ctx canceled(CancelCtx ctx, @Nullable Throwable cause) {
    ctx.cancel(cause);
    return ctx;
  }

  private static Ctx inOrder(
      Ctx root,
      boolean parentFirst,
      @Nullable Throwable parentsCause,
      @Nullable Throwable childsCause) {
    CancelCtx parent = root.withCancel();
    CancelCtx child = parent.withCancel();
    (parentFirst ? parent : child).cancel(parentFirst ? parentsCause : childsCause);
    (parentFirst ? child : parent).cancel(parentFirst ? childsCause : parentsCause);
    return child;
  }

  static Stream<Arguments> rows() {
    var canceled = CanceledException.class;
    var exceeded = DeadlineExceededException.class;
    return Stream.of(
        row("background", root -> Ctx.background(), null, null),
        row("todo", root -> Ctx.todo(), null, null),
        row("withCancel", root -> canceled(root.withCancel(), null), canceled, ERR),
        row("withCancel, cause", root -> canceled(root.withCancel(), PARENT), canceled, PARENT),
        row(
            "parent's before child's",
            root -> inOrder(root, true, PARENT, CHILD),
            canceled,
            PARENT),
        row("parent's after child's", root -> inOrder(root, false, PARENT, CHILD), canceled, CHILD),
        row("parent's before plain", root -> inOrder(root, true, PARENT, null), canceled, PARENT),
        row("parent's after plain", root -> inOrder(root, false, PARENT, null), canceled, ERR),
        row("child's after plain", root -> inOrder(root, true, null, CHILD), canceled, ERR),
        row("child's before plain", root -> inOrder(root, false, null, CHILD), canceled, CHILD),
        row("timeout 0", root -> canceled(root.withTimeout(Duration.ZERO), null), exceeded, ERR),
        row("timeout forever", root -> canceled(root.withTimeout(FOREVER), null), canceled, ERR),
        row(
            "timeout 0, cause",
            root -> canceled(root.withTimeout(Duration.ZERO, () -> LATE), null),
            exceeded,
            LATE),
        row(
            "timeout forever, cause",
            root -> canceled(root.withTimeout(FOREVER, () -> LATE), null),
            canceled,
            ERR),
        row(
            "timeout 0 under a parent canceled then",
            root -> {
              CancelCtx parent = root.withCancel();
              Ctx child = parent.withTimeout(Duration.ZERO, () -> LATE);
              parent.cancel(PARENT);
              return child;
            },
            exceeded,
            LATE),
        row(
            "timeout forever under a parent canceled then",
            root -> {
              CancelCtx parent = root.withCancel();
              Ctx child = parent.withTimeout(FOREVER, () -> LATE);
              parent.cancel(PARENT);
              return child;
            },
            canceled,
            PARENT),
        row("withCancel of expired", root -> expired(root).withCancel(), exceeded, LATE),
        row("withoutCancel", Ctx::withoutCancel, null, null),
        row(
            "withoutCancel of canceled",
            root -> inOrder(root, true, PARENT, null).withoutCancel(),
            null,
            null),
        row("withoutCancel of expired", root -> expired(root).withoutCancel(), null, null));
  }

  private static Ctx expired(Ctx root) {
    return root.withTimeout(Duration.ZERO, () -> LATE);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  @DisplayName("C2 Go 25 Cause")
  void cause(
      String what,
      UnaryOperator<Ctx> make,
      @Nullable Class<? extends CtxException> err,
      @Nullable Throwable cause) {
    Ctx ctx = make.apply(Ctx.root(new HookedTime()));
    for (Ctx each : new Ctx[] {ctx, ctx.withName("layer")}) {
      if (err == null) {
        assertThat(each.err()).as(what).isNull();
        assertThat(each.cause()).as(what).isNull();
      } else {
        assertThat(each.err()).as(what).isInstanceOf(err);
        assertThat(each.cause()).as(what).isSameAs(cause == ERR ? each.err() : cause);
      }
    }
  }

  @Test
  @DisplayName("C14 Go 21 WithCancelCanceledParent")
  void withCancelCanceledParent() {
    CancelCtx parent = Ctx.background().withCancel();
    parent.cancel(PARENT);

    CancelCtx child = parent.withCancel();

    assertThat(child.err()).isInstanceOf(CanceledException.class);
    assertThat(child.cause()).isSameAs(PARENT);
  }

  @Test
  @DisplayName("C3 Go 22 WithCancelSimultaneouslyCanceledParent")
  void withCancelSimultaneouslyCanceledParent() {
    for (int round = 0; round < 500; round++) {
      CancelCtx parent = Ctx.background().withCancel();
      var child = new Box<CancelCtx>();
      Threads.race(() -> parent.cancel(PARENT), () -> child.set(parent.withCancel()));

      assertThat(child.get().err()).isInstanceOf(CanceledException.class);
      assertThat(child.get().cause()).isSameAs(PARENT);
    }
  }

  @Test
  @DisplayName("C4 Go 23 CauseRace")
  void causeRace() {
    for (int round = 0; round < 500; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      Threads.race(() -> ctx.cancel(PARENT), () -> {
        Throwable cause = null;
        while (cause == null) {
          cause = ctx.cause();
          Thread.onSpinWait();
        }
        assertThat(cause).isSameAs(PARENT);
      });
    }
  }

  @Test
  @DisplayName("C4 Go 24 ContextErrDoneRace")
  void contextErrDoneRace() {
    for (int round = 0; round < 500; round++) {
      CancelCtx ctx = Ctx.background().withCancel();
      var done = ctx.done();
      Threads.race(ctx::cancel, () -> {
        Threads.until(() -> ctx.err() != null);
        var signals = new Signals();
        done.subscribe(signals);
        assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
      });
    }
  }

  @Test
  @DisplayName("C24 Go 45 AfterFunc_merge")
  void mergeTakesTheCauseOfTheOther() {
    CancelCtx ctx = Ctx.background().withCancel();
    CancelCtx other = Ctx.background().withCancel();
    CancelCtx merged = Ctx.merge(ctx, other);

    other.cancel(PARENT);

    assertThat(merged.cause()).isSameAs(PARENT);
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("C23 Go 26 WithoutCancel")
  void withoutCancel() {
    CtxKey<String> key = CtxKey.named("key");
    Ctx ctx = Ctx.background().withValue(key, "value").withCancel().withoutCancel();

    assertThat(ctx.deadline()).isNull();
    assertThat(ctx.isCancelable()).isFalse();
    assertThat(ctx.err()).isNull();
    assertThat(ctx.value(key)).isEqualTo("value");
  }
}
