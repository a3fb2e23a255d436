package org.mariadb.r2dbc;

import io.ctx4j.r2dbc.StandIn;

/** Is taken for MariaDB's driver, by the name of its package. */
public final class MariaDbStandIn extends StandIn {}
