package io.ctx4j.examples.orders;

/** A report over all items in stock, and who asked for it in which request. */
record Report(long items, String user, String requestId) {}
