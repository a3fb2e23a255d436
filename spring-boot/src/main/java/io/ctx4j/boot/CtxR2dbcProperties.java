package io.ctx4j.boot;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings under {@code ctx4j.r2dbc}.
 *
 * @param enabled Whether a statement, and its transaction, end with their context.
 * @param backstop Whether the server has a statement timeout, too, later than the deadline: for the
 *     case that nobody is left to cancel. A message to the server for each connection, and each
 *     time that it changes.
 * @param giveUp How long after its context's end a connection may take to answer before it is
 *     closed.
 */
@ConfigurationProperties("ctx4j.r2dbc")
record CtxR2dbcProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("false") boolean backstop,
    @DefaultValue("2s") Duration giveUp) {}
