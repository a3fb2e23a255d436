package oracle.r2dbc;

import io.ctx4j.r2dbc.StandIn;

/** Is taken for Oracle's driver, by the name of its package. */
public final class OracleStandIn extends StandIn {}
