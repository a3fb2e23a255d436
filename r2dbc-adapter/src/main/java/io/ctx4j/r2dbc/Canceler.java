package io.ctx4j.r2dbc;

import io.r2dbc.spi.Connection;
import org.reactivestreams.Publisher;

/**
 * Tells a database to end what it is doing for a connection.
 *
 * <p>It may name the session only, and not the statement, and it may come to nothing: it is asked
 * again until the connection has answered, one at a time, and nothing else is sent on the
 * connection meanwhile.
 */
@FunctionalInterface
public interface Canceler {

  /**
   * Returns what sends the message once it is subscribed to.
   *
   * @param physical the driver's own connection; busy, so the message takes another way
   * @return completes when the message was delivered: from then on it hits nothing that is sent
   *     later. An error counts as delivered
   */
  Publisher<Void> cancel(Connection physical);
}
