package io.ctx4j;

/**
 * Something that a deadline leaves for a thread of the library to do, and its own place in the
 * queue.
 *
 * <p>The other kind is a {@link DoneListener}, called for the end of the node on which it is
 * registered.
 */
abstract class WorkerTask extends Link {
  /**
   * Does what is left of it.
   *
   * @throws OutOfMemoryError of the library's own; what is left can then be done by another call
   */
  abstract void run();

  /**
   * Whether it begins with the library's own words, which do not wait behind foreign code (C19).
   */
  boolean runsApart() {
    return false;
  }
}
