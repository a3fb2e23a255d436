/** A WebFlux service over PostgreSQL in which the end of a request's context ends its SQL statement. */
@NullMarked
package io.ctx4j.examples;

import org.jspecify.annotations.NullMarked;
