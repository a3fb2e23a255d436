package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** A context with the power to cancel it. */
final class CancelableHandle extends Handle implements CancelCtx {
  /** Shared by all handles with the power over one context; null: it is not watched. */
  private final LeakDetector.@Nullable Token token;

  private CancelableHandle(Path path, Node node, LeakDetector.@Nullable Token token) {
    super(path, node);
    this.token = token;
  }

  /**
   * The first handle of a context.
   *
   * @param held whether a parent or a timer holds the node until it is done
   */
  static CancelableHandle of(Path path, Node node, boolean held) {
    try {
      return new CancelableHandle(
          path,
          node,
          LeakDetector.SAMPLING_INTERVAL != 0 && held ? LeakDetector.watch(node) : null);
    } catch (OutOfMemoryError e) { // then nobody could end it
      node.leaveParents();
      node.disarm();
      throw e;
    }
  }

  private Node own() {
    return requireNonNull(node);
  }

  @Override
  public boolean cancel() {
    return cancel(null);
  }

  @Override
  public boolean cancel(@Nullable Throwable cause) {
    return !isOver() && Cancellation.canceled(path, cause).run(own(), null);
  }

  @Override
  public void close() {
    if (!isOver()) {
      Cancellation.closed(path).run(own(), null);
    }
  }

  private boolean isOver() {
    if (LeakDetector.SAMPLING_INTERVAL != 0 && token != null) {
      token.markUsed();
    }
    Cancellation end = own().end;
    if (end != null) {
      end.awaitSettled();
    }
    return end != null;
  }

  @Override
  public CancelCtx withName(String name) {
    return new CancelableHandle(new Path.Name(path, requireNonNull(name, "name")), own(), token);
  }
}
