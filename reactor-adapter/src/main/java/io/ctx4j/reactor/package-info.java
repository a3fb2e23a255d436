/** Binds Reactor's Flux and Mono to a context: start at {@link io.ctx4j.reactor.CtxOps}. */
@NullMarked
package io.ctx4j.reactor;

import org.jspecify.annotations.NullMarked;
