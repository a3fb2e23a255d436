package io.ctx4j.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * {@code KILL QUERY} of MariaDB and MySQL, over a connection of its own: the pool's may all be
 * busy.
 *
 * <p>It names a session, whose number is asked for once, when the connection is made.
 */
final class KillQuery implements Canceler {
  private final ConnectionFactory driver;
  private final Map<Connection, Long> sessions = Collections.synchronizedMap(new WeakHashMap<>());

  KillQuery(ConnectionFactory driver) {
    this.driver = driver;
  }

  /** Asks for the session's number, where that is not known yet. */
  Mono<Void> prepare(Connection physical) {
    if (sessions.containsKey(physical)) {
      return Mono.empty();
    }
    return Flux.defer(() -> physical.createStatement("SELECT CONNECTION_ID()").execute())
        .flatMap(result -> result.map(row -> String.valueOf(row.get(0))))
        .doOnNext(id -> sessions.put(physical, Long.valueOf(id)))
        .then();
  }

  @Override
  public Publisher<Void> cancel(Connection physical) {
    Long session = sessions.get(physical);
    if (session == null) {
      return Mono.empty();
    }
    return Mono.usingWhen(
            driver.create(),
            connection -> Flux.from(
                    connection.createStatement("KILL QUERY " + session).execute())
                .flatMap(Result::getRowsUpdated)
                .then(),
            Connection::close)
        .then();
  }

  @Override
  public String toString() {
    return "KILL QUERY";
  }
}
