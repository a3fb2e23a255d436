package io.ctx4j.examples.orders;

/** An order, and who asked for it in which request. */
record Order(int id, String item, String user, String requestId) {}
