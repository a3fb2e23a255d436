/**
 * Spring WebFlux and WebClient with a context for each exchange: deadline, cancellation, values.
 *
 * <p>With Spring Boot the starter is enough ({@code ctx4j-spring-boot-starter}). Without it,
 * {@link io.ctx4j.webflux.CtxWebFilter}, {@link io.ctx4j.webflux.CtxArgumentResolver} and
 * {@link io.ctx4j.webflux.CtxClientFilter} are plain beans.
 */
@NullMarked
package io.ctx4j.webflux;

import org.jspecify.annotations.NullMarked;
