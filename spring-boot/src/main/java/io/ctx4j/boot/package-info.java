/**
 * The Spring Boot starter: configures ctx4j for what it finds on the class path.
 *
 * <p>One dependency and no code. The application's root context is the bean {@code ctx4jRoot};
 * settings are {@code ctx4j.*}.
 */
@NullMarked
package io.ctx4j.boot;

import org.jspecify.annotations.NullMarked;

/*
 * A map, for who changes the code. In each family the first is where to begin; what Boot reads are
 * the classes named AutoConfiguration.
 *
 *   root      CtxAutoConfiguration, CtxShutdown, ServerPhase, RequiredBoot
 *   web       CtxWebAutoConfiguration, CtxWebProperties, CtxWebSettingsConfiguration,
 *             CtxWebStart, CtxWebShutdown, CtxWebClientAutoConfiguration
 *   gateway   CtxGatewayAutoConfiguration, ProxiedCalls, GatewayWithoutGrpcNetty
 *   r2dbc     CtxR2dbcAutoConfiguration, CtxR2dbcTransactionAutoConfiguration, CtxR2dbcProperties
 *   grpc      CtxGrpcServerAutoConfiguration, CtxGrpcClientAutoConfiguration, CtxGrpcProperties,
 *             CtxGrpcShutdown
 *   actuator  CtxActuatorAutoConfiguration, CtxEndpoint, CtxReport, CtxPage, EndpointExchanges,
 *             ExemptExchanges
 *   meters    CtxMetricsAutoConfiguration, MicrometerMeters, OutcomeMeters
 */
