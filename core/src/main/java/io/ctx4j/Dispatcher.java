package io.ctx4j;

/**
 * Where foreign code runs that a deadline calls: a {@link WorkerTask} or a {@link DoneListener} of
 * a done node.
 */
@FunctionalInterface
interface Dispatcher {
  /** Takes the task over; allocates nothing and does not throw. */
  void execute(Link task);
}
