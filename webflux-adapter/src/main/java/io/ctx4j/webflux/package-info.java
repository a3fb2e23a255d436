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

/*
 * A map, for who changes the code. In each family the first is where to begin.
 *
 *   request    CtxWebFilter, HandlerCalls, FunctionalResponse, HandlerSubscriber, Exchange,
 *              ExchangeContexts, CutShort, Gate, GatedExchange, EventStreams, SocketHandler,
 *              BoundSocket, CtxArgumentResolver, CtxWeb
 *     time     TimeoutPolicy, Timeouts
 *     settings CtxWebSettings, FilterSettings, RequiredSpring
 *   response   GatedResponse, GatedHeaders, CommitActions, SingleBufferWrite,
 *              SingleBufferSubscriber, OutgoingBody, WriteRelay, HandlersBody, AfterFirst, Opening,
 *              Problem, LateException
 *     cancel   CancelBetweenElements, CancelBetweenSteps, CancelElsewhere, CleanUp, PassThrough
 *     servers  NettyChannel, NettyOperations, NettyHead, ServletResponses
 *   client     CtxClientFilter, CancelOnConnection, BoundBody
 *   headers    DeadlineHeader, RequestHeader
 *   view       ExchangeView, and what the package spi has
 */
