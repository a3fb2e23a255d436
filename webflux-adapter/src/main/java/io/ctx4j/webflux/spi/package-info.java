/**
 * What the Spring Boot starter needs of the filters, beside their settings; subject to change.
 *
 * <p>{@link io.ctx4j.webflux.spi.LiveExchanges} shows what is in flight,
 * {@link io.ctx4j.webflux.spi.Meters} is told what has ended, and how:
 * {@link io.ctx4j.webflux.spi.Outcome}.
 */
@NullMarked
package io.ctx4j.webflux.spi;

import org.jspecify.annotations.NullMarked;
