package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A doubly linked list through the entries themselves, in the order of registration: to add one and
 * to take one off are a few steps, and need no memory.
 *
 * <p>It is a class of its own only for reading: the list stands in the node, which saves each
 * context an object. Not safe for several threads: the node's monitor guards it.
 */
abstract class Register extends Link {
  /**
   * What the entries share, which is {@link Sharing}'s own affair. It comes before the list: a
   * collector copies what an object refers to first right behind it, and a stripe of the list is
   * not to share the node's cache line.
   */
  @Nullable Object shared;

  private @Nullable Link first;

  /** The first entry, from which {@link Link#next} leads to the others; null: there is none. */
  final @Nullable Link first() {
    return first;
  }

  /** Gives up all entries, linked as they are, and returns the first; null: there was none. */
  final @Nullable Link takeAll() {
    Link all = first;
    first = null;
    return all;
  }

  final void append(Link link) {
    Link first = this.first;
    if (first == null) {
      link.prev = link;
      this.first = link;
    } else {
      Link last = last(first);
      last.next = link;
      link.prev = last;
      first.prev = link;
    }
  }

  final void prepend(Link link) {
    Link first = this.first;
    if (first == null) {
      link.prev = link;
    } else {
      link.next = first;
      link.prev = first.prev;
      first.prev = link;
    }
    this.first = link;
  }

  final void unlink(Link link) {
    Link first = this.first;
    Link next = link.next;
    Link prev = link.prev;
    if (first == null || prev == null) { // a link that was never added
      return;
    }
    if (link == first) {
      this.first = next;
    } else {
      prev.next = next;
    }
    if (next != null) {
      next.prev = prev;
    } else {
      first.prev = prev;
    }
    link.prev = null;
    link.next = null;
  }

  private static Link last(Link first) {
    return requireNonNull(first.prev);
  }
}
