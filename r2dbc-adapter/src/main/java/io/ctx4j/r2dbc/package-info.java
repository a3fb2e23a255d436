/**
 * Ends statements and transactions of R2DBC with a context: start at
 * {@link io.ctx4j.r2dbc.CtxConnectionFactory}.
 */
@NullMarked
package io.ctx4j.r2dbc;

import org.jspecify.annotations.NullMarked;

/*
 * A map, for who changes the code. In each family the first is where to begin.
 *
 *   around the driver  CtxConnectionFactory, Settings, Acquisition, Ownership, CtxConnection,
 *                      CtxStatement, CtxBatch, CtxResult
 *   whose turn it is   Session, Work
 *     statements       Execution, Streams, ResultFlux, ResultStream, ResultShape, Given,
 *                      UntouchedResults
 *     all else         Operation, Call, TakeOver, GiveBack
 *     transactions     Transaction, Begin, Commit, Rollback, Undo, SetAutoCommit
 *   the end            Abort, AbortOutcome, Canceler, PostgresCanceler, KillQuery, Backstop
 *   drivers            Driver
 *   Spring             CtxTransactionManager, TransactionHandover, OpenTransactions
 */
