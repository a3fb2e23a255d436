package io.ctx4j;

import org.jspecify.annotations.Nullable;

/**
 * An entry of a node's register, and its own list node: taking it off is O(1) and allocates
 * nothing.
 */
abstract class Link {
  /** The one before; that of the first one is the last, so that a register needs one field. */
  @Nullable Link prev;

  /** The one after; null at the end. */
  @Nullable Link next;
}
