/** The service that has the orders: a WebFlux service over PostgreSQL, whose requests end their SQL statements. */
@NullMarked
package io.ctx4j.examples.orders;

import org.jspecify.annotations.NullMarked;
