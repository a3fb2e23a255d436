package io.ctx4j.examples;

import java.time.Duration;

/** What a client got, and how long that took it. */
record Reply(int status, String type, String body, Duration took) {

  long millis() {
    return took.toMillis();
  }
}
