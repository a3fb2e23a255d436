package io.ctx4j.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;

/**
 * A real PostgreSQL, on the loopback interface alone, for a module that brings its binaries along.
 */
public final class Postgres {
  private Postgres() {}

  public static EmbeddedPostgres start() throws IOException {
    return EmbeddedPostgres.builder()
        // a guard against a hang, not a measure, as its own ten seconds are
        .setPGStartupWait(Duration.ofMinutes(2))
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("max_connections", "200")
        .setServerConfig("fsync", "off")
        // each canceled statement is an error to it
        .setServerConfig("log_min_messages", "fatal")
        .start();
  }
}
