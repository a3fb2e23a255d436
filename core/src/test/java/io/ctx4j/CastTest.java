package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who can cancel: those that were given a CancelCtx, and nobody by a cast. */
class CastTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName("C38 value and name layers hand a context on without the power to cancel it")
  void layer_isNoCancelCtx() {
    CancelCtx merged = Ctx.merge(ctx, Ctx.todo());
    for (Ctx power :
        List.of(ctx, ctx.withName("n"), ctx.withTimeout(Duration.ofHours(1)), merged)) {
      for (Ctx layer : List.of(
          power.withValue(USER, "u"),
          power.withValue(USER, null),
          power.withValue(USER, "u").withName("n"),
          power.withValue(USER, "u").withValue(USER, "v"),
          power.withoutCancel(),
          power.withoutCancel().withName("n"))) {
        assertThat(layer).isNotInstanceOf(CancelCtx.class).isNotInstanceOf(AutoCloseable.class);
        assertThat(layer.getClass().getSuperclass()).isNotEqualTo(CancelCtx.class);
      }
    }
  }

  @Test
  @DisplayName("C38 roots cannot be canceled, by whatever name")
  void root_isNoCancelCtx() {
    for (Ctx root : List.of(Ctx.background(), Ctx.todo(), Ctx.root(new HookedTime()))) {
      assertThat(root).isNotInstanceOf(AutoCloseable.class);
      assertThat(root.withName("n")).isNotInstanceOf(CancelCtx.class);
      assertThat(root.withValue(USER, "u")).isNotInstanceOf(CancelCtx.class);
    }
  }

  @Test
  @DisplayName("C38 a CancelCtx under a name has the same power over the same context")
  void withName_ofCancelCtx_cancelsIt() {
    CancelCtx named = ctx.withName("n");

    assertThat(((Ctx) ctx).withName("n")).isInstanceOf(CancelCtx.class);
    assertThat(named.cancel()).isTrue();
    assertThat(ctx.isDone()).isTrue();
  }

  @Test
  @DisplayName("C38 no other type of the API has a method that cancels")
  void api_otherTypes_doNotCancel() {
    assertThat(Arrays.stream(Ctx.class.getMethods()).map(Method::getName))
        .doesNotContain("cancel", "close");
    assertThat(Ctx.class.getPermittedSubclasses())
        .filteredOn(type -> type != CancelCtx.class)
        .noneMatch(type -> Modifier.isPublic(type.getModifiers()));
    assertThat(Ctx.class.isSealed()).isTrue();
    assertThat(CancelCtx.class.isSealed()).isTrue();
  }

  @Test
  @DisplayName("C38 a subscription or registration of a callee ends nothing but itself")
  void subscription_ofCallee_endsNothing() {
    Ctx callee = ctx.withValue(USER, "u");

    Signals.of(callee).subscription().cancel();
    callee.onDone(() -> {}).unregister();
    callee.withCancel().cancel();

    assertThat(ctx.isDone()).isFalse();
  }
}
