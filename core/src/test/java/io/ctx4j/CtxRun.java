package io.ctx4j;

import static java.util.Objects.requireNonNull;

import io.ctx4j.RandomProgram.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A program on our contexts, under a clock that only it moves. */
final class CtxRun extends ProgramRun {
  static final Instant START = Instant.parse("2000-01-01T00:00:00Z");

  private static final List<CtxKey<Long>> KEYS =
      List.of(CtxKey.named("k0"), CtxKey.named("k1"), CtxKey.named("k2"));

  /** Also what Go does not show. */
  private final boolean all;

  private final ManualTime time = new ManualTime(START);
  final List<Ctx> contexts = new ArrayList<>(List.of(Ctx.root(time)));
  private final List<Ctx.Registration> callbacks = new ArrayList<>();

  CtxRun(boolean all) {
    this.all = all;
  }

  @Override
  @Nullable String apply(Step step) {
    if (step.kind().derives()) {
      contexts.add(derive(step));
      return null;
    }
    switch (step.kind()) {
      case CALLBACK -> register(step.on(), () -> {});
      case ENDING -> register(step.on(), () -> end(step.other(), step.cause()));
      case STOP -> {
        return "stopped " + callbacks.get(step.on()).unregister();
      }
      case END -> {
        Boolean first = end(step.on(), step.cause());
        return all ? "ended " + first : null;
      }
      case CLOSE -> {
        if (contexts.get(step.on()) instanceof CancelCtx ctx) {
          ctx.close();
        }
      }
      case ADVANCE -> time.advance(Duration.ofNanos(step.nanos()));
      default -> throw new AssertionError(step);
    }
    return null;
  }

  private Ctx derive(Step step) {
    Ctx on = contexts.get(step.on());
    Duration nanos = Duration.ofNanos(step.nanos());
    boolean caused = step.cause() != 0;
    return switch (step.kind()) {
      case CANCEL -> on.withCancel();
      case TIMEOUT ->
        caused ? on.withTimeout(nanos, () -> why(step.cause())) : on.withTimeout(nanos);
      case DEADLINE ->
        caused
            ? on.withDeadline(START.plus(nanos), () -> why(step.cause()))
            : on.withDeadline(START.plus(nanos));
      case MARGIN -> on.withMargin(nanos);
      case VALUE -> on.withValue(KEYS.get(step.other()), step.nanos() == 0 ? null : step.nanos());
      case NAME -> on.withName("n" + contexts.size());
      case DETACH -> on.withoutCancel();
      case MERGE -> Ctx.merge(on, contexts.get(step.other()));
      default -> throw new AssertionError(step);
    };
  }

  private static Throwable why(int cause) {
    return new Exception(cause(cause));
  }

  private void register(int on, Runnable action) {
    int id = callbacks.size();
    callbacks.add(() -> false); // it may be called at once
    callbacks.set(id, contexts.get(on).onDone(() -> {
      fired(id);
      action.run();
    }));
  }

  /** Null: without the power. */
  private @Nullable Boolean end(int n, int cause) {
    return contexts.get(n) instanceof CancelCtx ctx
        ? (Boolean) ctx.cancel(cause == 0 ? null : why(cause))
        : null;
  }

  @Override
  int size() {
    return contexts.size();
  }

  @Override
  String state(int n) {
    Ctx ctx = contexts.get(n);
    var out = new StringBuilder();
    CtxException err = ctx.err();
    if (err == null) {
      out.append("live -");
    } else {
      out.append(err instanceof CanceledException ? "canceled " : "exceeded ");
      Throwable cause = requireNonNull(ctx.cause());
      out.append(cause == err ? "err" : cause.getMessage());
    }
    Instant deadline = ctx.deadline();
    out.append(' ')
        .append(deadline == null ? "-" : Duration.between(START, deadline).toNanos());
    if (!ctx.isCancelable()) {
      out.append(" never");
    }
    for (CtxKey<Long> key : KEYS) {
      Long value = ctx.value(key);
      out.append(' ').append(value == null ? "-" : value);
    }
    return all ? out.append(more(ctx, err)).toString() : out.toString();
  }

  private static String more(Ctx ctx, @Nullable CtxException err) {
    Map<String, @Nullable Object> values = new HashMap<>();
    ctx.forEachValue((key, value) -> values.put(key.name(), value));
    boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
    return " " + (err == null ? "" : err.getMessage() + closed) + " " + ctx.remaining() + " "
        + values + " " + ctx;
  }
}
