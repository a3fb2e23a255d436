package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import org.jspecify.annotations.Nullable;

/**
 * What a thread shows in one scope, and what it shows again after it.
 *
 * <p>Micrometer asks a thread what it has in order to hand it on, and in order to put it back
 * later, and does not say which of the two. What it gets has no end (T1), and what it puts back
 * must have (T2). So a scope puts a layer over those of the scopes around it, and on its end the
 * next layer below that was captured as what is put back is on top again. Scopes end in reverse
 * order; what ends with one around it is left with it.
 */
final class ThreadLayer implements CtxThread.Scope {
  private static final ThreadLocal<@Nullable ThreadLayer> TOP = new ThreadLocal<>();

  /** Binds nothing: a layer of a context has no power to cancel it (C38). */
  private static final CtxKey<Object> THREAD = CtxKey.named("thread");

  /**
   * From here on a scope replaces the one around it, which comes back with its values alone: a
   * scope that nobody ends, as a queue's of Reactor's can be, must not be kept as often as that
   * happens.
   */
  private static final int MAX_DEPTH = 256;

  private final @Nullable ThreadLayer below;
  private final int depth;

  /** Null: nothing is shown. */
  private @Nullable Ctx ctx;

  /**
   * What was captured of ctx; null: nobody has yet. The same each time, so that it can be found and
   * compared.
   */
  private @Nullable Ctx captured;

  private ThreadLayer(@Nullable Ctx ctx, @Nullable ThreadLayer below) {
    this.ctx = ctx;
    this.below = below;
    this.depth = below == null ? 0 : below.depth + 1;
  }

  static Ctx current() {
    ThreadLayer top = TOP.get();
    Ctx shown = top == null ? null : top.shown();
    return shown == null ? Ctx.background() : shown;
  }

  static ThreadLayer open(Ctx ctx) {
    var opened = new ThreadLayer(ctx, TOP.get());
    TOP.set(opened);
    return opened;
  }

  /** A scope of Micrometer's has begun. */
  static void put(Ctx ctx) {
    TOP.set(new ThreadLayer(ctx, around(TOP.get())));
  }

  /** A scope of Micrometer's has begun that has no Ctx. */
  static void clear() {
    ThreadLayer top = TOP.get();
    if (top != null) {
      TOP.set(new ThreadLayer(null, around(top)));
    }
  }

  private static @Nullable ThreadLayer around(@Nullable ThreadLayer top) {
    return top == null || top.depth < MAX_DEPTH ? top : top.below;
  }

  /** What is handed on, and put back: values, and no end. */
  static @Nullable Ctx capture() {
    ThreadLayer top = TOP.get();
    return top == null ? null : top.withoutEnd();
  }

  /** A scope has ended that began where this was captured. */
  static void restore(Ctx captured) {
    ThreadLayer around = belowTop();
    ThreadLayer found = around;
    while (found != null && found.captured != captured) {
      found = found.below;
    }
    TOP.set(found == null ? new ThreadLayer(captured, around) : found);
  }

  /** A scope has ended that began where there was nothing. */
  static void restore() {
    ThreadLayer found = belowTop();
    while (found != null && found.ctx != null) {
      found = found.below;
    }
    show(found);
  }

  private static @Nullable ThreadLayer belowTop() {
    ThreadLayer top = TOP.get();
    return top == null ? null : top.below;
  }

  private static void show(@Nullable ThreadLayer layer) {
    if (layer == null) {
      TOP.remove();
    } else {
      TOP.set(layer);
    }
  }

  private @Nullable Ctx shown() {
    if (ctx instanceof CancelCtx) {
      ctx = ctx.withValue(THREAD, null);
    }
    return ctx;
  }

  private @Nullable Ctx withoutEnd() {
    if (captured == null && ctx != null) {
      captured = ctx.isCancelable() ? ctx.withoutCancel() : ctx;
    }
    return captured;
  }

  @Override
  public void close() {
    for (ThreadLayer each = TOP.get(); each != null; each = each.below) {
      if (each == this) {
        show(below);
        return;
      }
    }
  }
}
