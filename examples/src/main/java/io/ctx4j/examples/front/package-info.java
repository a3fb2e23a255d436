/** The service that people call; it calls the orders service with a WebClient. */
@NullMarked
package io.ctx4j.examples.front;

import org.jspecify.annotations.NullMarked;
