package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** A queue of links through the links themselves. */
final class LinkQueue {
  private @Nullable Link first;
  private @Nullable Link last;

  boolean isEmpty() {
    return first == null;
  }

  @Nullable Link peek() {
    return first;
  }

  void add(Link link) {
    link.prev = link;
    addAll(link);
  }

  /** Takes a whole register, whose first entry knows the last. */
  void addAll(Link register) {
    Link last = this.last;
    if (last == null) {
      first = register;
    } else {
      last.next = register;
    }
    this.last = register.prev;
  }

  /** The same, before all others. */
  void addAllFirst(Link register) {
    Link last = requireNonNull(register.prev);
    last.next = first;
    if (first == null) {
      this.last = last;
    }
    first = register;
  }

  /**
   * Takes off the first link, a listener, and those behind it up to the next one that is none:
   * linked as a register is. They are many where streams are bound, and are only read so.
   */
  Link pollListeners() {
    Link run = requireNonNull(first);
    Link last = run;
    for (Link next = run.next; next instanceof DoneListener; next = next.next) {
      last = next;
    }
    first = last.next;
    if (first == null) {
      this.last = null;
    }
    last.next = null;
    run.prev = last;
    return run;
  }

  /** Takes the first link off, which then refers to no other. */
  @Nullable Link poll() {
    Link link = first;
    if (link != null) {
      first = link.next;
      if (first == null) {
        last = null;
      }
      link.prev = null;
      link.next = null;
    }
    return link;
  }
}
