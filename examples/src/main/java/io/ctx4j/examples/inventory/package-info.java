/** The service that knows what is in stock: reactive inside, gRPC outside, over PostgreSQL. */
@NullMarked
package io.ctx4j.examples.inventory;

import org.jspecify.annotations.NullMarked;
