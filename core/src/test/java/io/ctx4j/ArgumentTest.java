package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * null where it is not allowed, for every parameter of every public method, found by reflection.
 */
class ArgumentTest {
  private static final CtxKey<Object> KEY = CtxKey.named("key");

  private final HookedTime time = new HookedTime();
  private final AtomicInteger called = new AtomicInteger();
  private final CancelCtx live = Ctx.root(time).withCancel();
  private final CancelCtx done = Ctx.root(time).withCancel();

  /** What a parameter of the type is given where it is not the one that is null. */
  private final Map<Class<?>, Object> given = Map.ofEntries(
      Map.entry(Ctx.class, live),
      Map.entry(Ctx[].class, new Ctx[] {live}),
      Map.entry(CtxKey.class, KEY),
      Map.entry(Object.class, "value"),
      Map.entry(String.class, "name"),
      Map.entry(Throwable.class, new Exception()),
      Map.entry(Instant.class, HookedTime.START.plusSeconds(1)),
      Map.entry(Duration.class, Duration.ZERO),
      Map.entry(Runnable.class, (Runnable) called::incrementAndGet),
      Map.entry(Executor.class, (Executor) task -> called.incrementAndGet()),
      Map.entry(TimeSource.class, time),
      Map.entry(Ctx.Task.class, (Ctx.Task<Object, RuntimeException>) called::incrementAndGet),
      Map.entry(Ctx.Action.class, (Ctx.Action<RuntimeException>) called::incrementAndGet),
      Map.entry(Supplier.class, (Supplier<Throwable>) () -> {
        called.incrementAndGet();
        return new Exception();
      }),
      Map.entry(BiConsumer.class, (BiConsumer<Object, Object>) (k, v) -> called.incrementAndGet()));

  static Stream<Arguments> parameters() {
    return Stream.of(Ctx.class, CancelCtx.class, CtxKey.class, TimeSource.class, ManualTime.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .flatMap(method -> Stream.iterate(0, i -> i < method.getParameterCount(), i -> i + 1)
            .filter(i -> !isNullable(method, i))
            .map(i -> Arguments.of(method, i)));
  }

  private static boolean isNullable(Method method, int i) {
    return method.getParameterTypes()[i].isPrimitive()
        || method.getAnnotatedParameterTypes()[i].isAnnotationPresent(Nullable.class);
  }

  private List<Object> targets(Method method) {
    if (Modifier.isStatic(method.getModifiers())) {
      return List.of("static");
    }
    if (method.getDeclaringClass() == TimeSource.class) {
      return List.of(TimeSource.system());
    }
    if (method.getDeclaringClass() == ManualTime.class) {
      return List.of(new ManualTime());
    }
    List<Object> targets = new ArrayList<>(List.of(live, done, Ctx.merge(live, Ctx.todo())));
    if (method.getDeclaringClass() == Ctx.class) {
      targets.addAll(
          List.of(Ctx.background(), Ctx.todo(), live.withoutCancel(), live.withValue(KEY, "v")));
    }
    return targets;
  }

  @ParameterizedTest
  @MethodSource("parameters")
  @DisplayName("C31 null is a NullPointerException with the parameter's name, and nothing changes")
  void call_withNull_throwsBeforeAnythingChanges(Method method, int index) {
    done.cancel();
    Parameter parameter = method.getParameters()[index];
    assertThat(parameter.isNamePresent()).isTrue();
    for (Object target : targets(method)) {
      String tree = live.tree();

      assertThatThrownBy(() -> call(target, method, index))
          .as(method + " on " + target)
          .isInstanceOf(NullPointerException.class)
          .hasMessage(parameter.getName());

      assertThat(live.tree()).isEqualTo(tree);
      assertThat(live.isDone()).isFalse();
      assertThat(time.delays()).isEmpty();
      assertThat(called).hasValue(0);
    }
    assertThat(live.cancel()).isTrue();
    assertThat(called).hasValue(0);
  }

  private void call(Object target, Method method, int nullAt) throws Throwable {
    var arguments = new @Nullable Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      Class<?> type = method.getParameterTypes()[i];
      assertThat(given).containsKey(type);
      arguments[i] = i == nullAt ? null : given.get(type);
    }
    try {
      method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Test
  @DisplayName("C31 the methods that were found are all that take a reference")
  void parameters_areAllThereAre() {
    assertThat(parameters().map(each -> name((Method) each.get()[0], (int) each.get()[1])))
        .contains(
            "Ctx.root time",
            "Ctx.merge first",
            "Ctx.merge second",
            "Ctx.merge more",
            "Ctx.value key",
            "Ctx.valueOr key",
            "Ctx.valueOr other",
            "Ctx.forEachValue action",
            "Ctx.withDeadline deadline",
            "Ctx.withDeadline cause",
            "Ctx.withTimeout timeout",
            "Ctx.withTimeout cause",
            "Ctx.withValue key",
            "Ctx.withName name",
            "CancelCtx.withName name",
            "Ctx.withMargin keep",
            "Ctx.await timeout",
            "Ctx.sleep duration",
            "Ctx.call task",
            "Ctx.run action",
            "Ctx.onDone callback",
            "Ctx.onDone executor",
            "CtxKey.named name",
            "TimeSource.schedule task",
            "TimeSource.schedule delay",
            "ManualTime.schedule task",
            "ManualTime.schedule delay",
            "ManualTime.advance by")
        .doesNotContain("Ctx.withValue value", "CancelCtx.cancel cause");
  }

  private static String name(Method method, int i) {
    return method.getDeclaringClass().getSimpleName()
        + "."
        + method.getName()
        + " "
        + method.getParameters()[i].getName();
  }

  @Test
  @DisplayName("C31 null among the rest of merge is one too, and nothing is registered")
  @SuppressWarnings("NullAway") // on purpose
  void merge_nullElement_throws() {
    assertThatThrownBy(() -> Ctx.merge(live, live, live, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("more");
    assertThatThrownBy(() -> Ctx.merge(done, live, new Ctx[] {null, live}))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("more");

    assertThat(live.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C31 listen(null), and the listener can be used afterwards")
  @SuppressWarnings("NullAway") // on purpose
  void listen_null_throws() {
    var listener = new Listening();

    assertThatThrownBy(() -> listener.listen(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("ctx");

    assertThat(listener.listen(live)).isTrue();
    live.cancel();
    assertThat(listener.errs()).hasSize(1);
  }

  @Test
  @DisplayName("C31 null is allowed where it says so: cancel(null), withValue(key, null)")
  void call_withNullWhereAllowed_works() {
    assertThat(live.withValue(KEY, null).value(KEY)).isNull();
    assertThat(live.cancel(null)).isTrue();
  }
}
