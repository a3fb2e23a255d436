/** For ctx4j's own Spring Boot starter; subject to change. */
@NullMarked
package io.ctx4j.grpc.spi;

import org.jspecify.annotations.NullMarked;
