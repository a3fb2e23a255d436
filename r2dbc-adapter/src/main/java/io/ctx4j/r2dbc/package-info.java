/**
 * Ends statements and transactions of R2DBC with a context: start at
 * {@link io.ctx4j.r2dbc.CtxConnectionFactory}.
 */
@NullMarked
package io.ctx4j.r2dbc;

import org.jspecify.annotations.NullMarked;
