package io.ctx4j;

/** A stripe of a node's register: see {@link Sharing}. */
final class Stripe extends Node {
  static final int COUNT = Stripes.countFor(32);

  /** The stripes of one register are not to share a cache line, whoever moves them together. */
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10;

  Stripe(Node of) {
    super(of.path);
    parent = of;
  }

  /** Its entries are the node's: they have the stripe's place among these. */
  @Override
  void handOver(Link register, Cancellation by) {
    by.takeInPlace(register);
  }
}
