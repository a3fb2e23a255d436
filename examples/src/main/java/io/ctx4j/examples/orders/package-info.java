/**
 * The service that has the orders: a WebFlux service over PostgreSQL, which asks inventory by gRPC.
 */
@NullMarked
package io.ctx4j.examples.orders;

import org.jspecify.annotations.NullMarked;
