package io.asyncer.r2dbc.mysql;

import io.ctx4j.r2dbc.StandIn;

/** Is taken for asyncer's driver, by the name of its package. */
public final class MySqlStandIn extends StandIn {}
