package io.ctx4j.examples.guide;

import io.ctx4j.r2dbc.CtxConnectionFactory;
import io.ctx4j.r2dbc.CtxTransactionManager;
import io.r2dbc.spi.ConnectionFactory;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;

/** The quickstart for R2DBC, without Spring Boot. */
final class R2dbcGuide {

  // region factory
  ConnectionFactory connections(ConnectionFactory driver) {
    return CtxConnectionFactory.of(driver); // below a pool, or around it
  }
  // endregion

  // region transactions
  ReactiveTransactionManager transactions(ConnectionFactory connections) {
    return new CtxTransactionManager(new R2dbcTransactionManager(connections));
  }
  // endregion
}
