/**
 * Two WebFlux services, the front and orders behind it, in which a request's deadline ends its SQL
 * statement.
 */
@NullMarked
package io.ctx4j.examples;

import org.jspecify.annotations.NullMarked;
