package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks from a done context along every reference, and looks at what it comes to.
 *
 * <p>Planted bugs, each seen: what {@code Node.mark}, {@code markLeaf}, {@code leaveParents},
 * {@code disarm}, {@code MergedNode.detach}, {@code LinkQueue.poll} or {@code Cancellation.runAll}
 * sets to null is kept.
 */
@Tag("memory")
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class ReachabilityTest {
  private static final CtxKey<Object> KEY = CtxKey.named("key");
  private static final Duration HOUR = Duration.ofHours(1);

  /** A live parent with everything on it that a register can hold, and what hangs on those. */
  private static CancelCtx crowded(Ctx root) {
    CancelCtx parent = root.withValue(KEY, "of the parent").withCancel();
    crowd(parent);
    return parent;
  }

  private static void crowd(Ctx parent) {
    parent.onDone(new Foreign());
    parent.onDone(new Foreign(), new Foreign());
    Signals.of(parent);
    new Listening().listen(parent);
    parent.withCancel().onDone(new Foreign());
    parent.withTimeout(HOUR, new Foreign()).onDone(new Foreign());
    Ctx.merge(parent, Ctx.background().withCancel()).onDone(new Foreign());
  }

  /** What a user hands in: nothing that is done may lead to one. */
  private static final class Foreign implements Runnable, Executor, Supplier<@Nullable Throwable> {
    @Override
    public void run() {}

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public @Nullable Throwable get() {
      return null;
    }
  }

  private static Arguments named(String what, Function<HookedTime, CancelCtx> done) {
    return Arguments.of(what, done);
  }

  private static CancelCtx crowdedChild(CancelCtx child) {
    crowd(child);
    return child;
  }

  static Stream<Arguments> ends() {
    return Stream.of(
        named("canceled", time -> canceled(crowdedChild(crowded(Ctx.root(time)).withCancel()))),
        named("canceled alone", time -> canceled(crowded(Ctx.background()).withCancel())),
        named("canceled with one callback", time -> {
          CancelCtx child = crowded(Ctx.root(time)).withCancel();
          child.onDone(new Foreign());
          return canceled(child);
        }),
        named(
            "timed, canceled",
            time -> canceled(crowded(Ctx.root(time)).withTimeout(HOUR, new Foreign()))),
        named(
            "timed on system(), canceled",
            time ->
                canceled(crowdedChild(crowded(Ctx.background()).withTimeout(HOUR, new Foreign())))),
        named("expired", time -> {
          CancelCtx child = crowdedChild(
              crowded(Ctx.root(time)).withTimeout(Duration.ofMinutes(1), new Foreign()));
          time.advance(Duration.ofMinutes(1));
          return child;
        }),
        named("past", time -> crowded(Ctx.root(time)).withTimeout(Duration.ZERO, new Foreign())),
        named("from above", time -> {
          CancelCtx middle = crowdedChild(crowded(Ctx.root(time)).withCancel());
          CancelCtx child = crowdedChild(middle.withTimeout(HOUR, new Foreign()));
          middle.cancel();
          return child;
        }),
        named("born done", time -> {
          CancelCtx middle = crowdedChild(crowded(Ctx.root(time)).withCancel());
          middle.cancel();
          return middle.withTimeout(HOUR, new Foreign());
        }),
        named(
            "merged, canceled",
            time -> canceled(
                crowdedChild(Ctx.merge(crowded(Ctx.root(time)), crowded(Ctx.background()))))),
        named("merged, from one parent", time -> {
          CancelCtx ends = crowded(Ctx.background());
          CancelCtx merged = crowdedChild(Ctx.merge(crowded(Ctx.root(time)), ends));
          ends.cancel();
          return merged;
        }),
        named(
            "merged, born done",
            time ->
                Ctx.merge(crowded(Ctx.root(time)), Ctx.background().withTimeout(Duration.ZERO))),
        named(
            "under layers",
            time -> canceled(crowdedChild(crowded(Ctx.root(time))
                .withName("n")
                .withValue(KEY, "own")
                .withCancel()
                .withName("m")))));
  }

  private static CancelCtx canceled(CancelCtx ctx) {
    assertThat(ctx.cancel()).isTrue();
    return ctx;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  @DisplayName("C20 C25 from a done context no way leads to a live one, a register or foreign code")
  void done_leadsToValuesAndErrAlone(String what, Function<HookedTime, CancelCtx> done) {
    var time = new HookedTime();
    CancelCtx ctx = done.apply(time);
    assertThat(ctx.isDone()).isTrue();
    assertHarmless(walk(ctx));
    assertThat(ctx.err()).isNotNull(); // which may be made only now

    List<Object> reached = walk(ctx);

    assertHarmless(reached);
    assertThat(reached)
        .as("the walk itself")
        .contains(ctx)
        .hasAtLeastOneElementOfType(Node.class)
        .hasAtLeastOneElementOfType(Path.class)
        .hasAtLeastOneElementOfType(Cancellation.class)
        .hasAtLeastOneElementOfType(CtxException.class);
  }

  private static void assertHarmless(List<Object> reached) {
    for (Object each : reached) {
      assertThat(each)
          .isNotInstanceOfAny(
              Foreign.class, DoneListener.class, MergedNode.ParentLink.class, HookedTime.class);
      assertThat(each.getClass().getName())
          .as("a timer's registration, or what was collected to be marked")
          .doesNotStartWith(HookedTime.class.getName())
          .isNotEqualTo(Marking.class.getName());
      if (each instanceof Node node) {
        assertThat(node.end).as("live: %s", node.path.text()).isNotNull();
        assertThat(node.children()).isEmpty();
      }
    }
  }

  /**
   * All that the fields of our classes, arrays and collections lead to; a path's clock is the
   * tree's.
   */
  private static List<Object> walk(Object from) {
    Set<Object> reached = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>();
    reached.add(from);
    open.add(from);
    for (Object at = open.poll(); at != null; at = open.poll()) {
      for (Object next : references(at)) {
        if (reached.add(next)) {
          open.add(next);
        }
      }
    }
    return new ArrayList<>(reached);
  }

  private static List<Object> references(Object at) {
    List<Object> next = new ArrayList<>();
    if (at instanceof Object[]) {
      for (int i = 0; i < Array.getLength(at); i++) {
        add(next, Array.get(at, i));
      }
    } else if (at instanceof Iterable<?> all) {
      all.forEach(each -> add(next, each));
    } else {
      for (Class<?> type = at.getClass(); type != null; type = type.getSuperclass()) {
        if (type.getName().startsWith("io.ctx4j.") || type == Throwable.class) {
          for (Field field : type.getDeclaredFields()) {
            add(next, read(field, at));
          }
        }
      }
    }
    return next;
  }

  private static void add(List<Object> next, @Nullable Object value) {
    if (value != null) {
      next.add(value);
    }
  }

  private static @Nullable Object read(Field field, Object at) {
    boolean clock = TimeSource.class.isAssignableFrom(field.getType());
    if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive() || clock) {
      return null;
    }
    try {
      if (field.getDeclaringClass() == Throwable.class) {
        return field.getName().equals("cause") ? ((Throwable) at).getCause() : null;
      }
      field.setAccessible(true);
      return field.get(at);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
