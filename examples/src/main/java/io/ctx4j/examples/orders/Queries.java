package io.ctx4j.examples.orders;

import java.util.Objects;
import reactor.core.publisher.Mono;

/** Asks the database what it is working on for the service. */
final class Queries {

  private final Statements statements;

  Queries(Statements statements) {
    this.statements = statements;
  }

  Mono<Long> active() {
    return statements.one(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'",
        row -> Objects.requireNonNull(row.get(0, Long.class)),
        Postgres.SERVICE);
  }
}
