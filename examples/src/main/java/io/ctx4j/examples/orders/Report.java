package io.ctx4j.examples.orders;

/** A report over all orders, and who asked for it in which request. */
record Report(long orders, String user, String requestId) {}
