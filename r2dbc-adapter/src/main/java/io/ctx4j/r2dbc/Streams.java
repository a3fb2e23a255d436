package io.ctx4j.r2dbc;

import java.util.ArrayList;
import java.util.List;

/**
 * The streams that an execution's results come by, and which of them the driver's answer consists
 * of.
 *
 * <p>All of it under the session's lock.
 */
final class Streams {
  private final ResultShape shape;
  private final List<ResultStream<?>> open = new ArrayList<>(2);
  /** Canceled at the driver, or at their end: told when all is over. */
  private final List<ResultStream<?>> stopped = new ArrayList<>(0);

  Streams(ResultShape shape) {
    this.shape = shape;
  }

  void add(ResultStream<?> stream) {
    open.add(stream);
  }

  /** False: it is not there. */
  boolean remove(ResultStream<?> stream) {
    return open.remove(stream);
  }

  /** Takes all of them out. */
  List<ResultStream<?>> removeAll() {
    List<ResultStream<?>> all = copy();
    open.clear();
    return all;
  }

  List<ResultStream<?>> copy() {
    return List.copyOf(open);
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Nobody listens any more to what is still under way. */
  boolean areLetGo() {
    return open.stream().allMatch(ResultStream::isOver);
  }

  /** Whether the driver has ended all that its answer consists of. */
  boolean areAnswered() {
    return open.stream().noneMatch(this::isPartOfTheAnswer);
  }

  private boolean isPartOfTheAnswer(ResultStream<?> stream) {
    return stream.isOuter() || !shape.windows();
  }

  // ---- those whose end the driver does not tell

  /** It was canceled at the driver: whoever listens to it is told later. */
  void canceledAtTheDriver(ResultStream<?> stream) {
    if (open.contains(stream) && !stream.isOver()) {
      stopped.add(stream);
    }
  }

  /** It has come to its end; false: with it the answer is complete. */
  boolean endedBeforeTheAnswer(ResultStream<?> stream) {
    if (stopped.contains(stream)) {
      return true;
    }
    boolean last = open.stream().noneMatch(each -> each != stream && isPartOfTheAnswer(each));
    return !last && open.remove(stream) && stopped.add(stream);
  }

  /** Complete once all is over. */
  List<ResultStream<?>> stopped() {
    return stopped;
  }
}
