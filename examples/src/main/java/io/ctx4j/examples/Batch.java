package io.ctx4j.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Requests sent at once, half of them quick, half of them reports that their deadline cuts. */
record Batch(List<Sent> quick, List<Sent> cut) {

  /** A quick request answers within the default timeout. */
  static final Duration QUICK = Duration.ofSeconds(2);

  /** A report that is cut answers this long after its deadline at most. */
  static final Duration LATE = Duration.ofMillis(100);

  /** What is left is handed on in whole milliseconds, so that the second service may be first. */
  static final Duration EARLY = Duration.ofMillis(1);

  private static final int GROUP = 5;

  private static final Duration APART = Duration.ofMillis(15);

  /** A request, what was asked of it, and what came back. */
  record Sent(String path, @Nullable Duration deadline, Reply reply) {

    boolean kept() {
      if (deadline == null) {
        return reply.status() == 200 && reply.took().compareTo(QUICK) <= 0;
      }
      return reply.status() == 504
          && late().compareTo(EARLY.negated()) >= 0
          && late().compareTo(LATE) <= 0;
    }

    Duration late() {
      return deadline == null ? Duration.ZERO : reply.took().minus(deadline);
    }
  }

  /**
   * Sends 100 of each kind; all are in flight together. The deadlines are spread from the shortest
   * to twice that, in no order. They count from when a request is taken in, and are measured from
   * when it is sent: so those with one are sent in groups, which the machine takes in as they come.
   */
  static Batch send(Client client, Duration shortest) {
    List<CompletableFuture<Sent>> quick = new ArrayList<>();
    List<CompletableFuture<Sent>> cut = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      if (i % GROUP == 0) {
        LockSupport.parkNanos(APART.toNanos());
      }
      long millis = shortest.toMillis() * (100 + i * 37 % 100) / 100;
      cut.add(send(client, "/report?seconds=5", Duration.ofMillis(millis)));
    }
    for (int i = 0; i < 100; i++) {
      quick.add(send(client, "/orders/" + (i + 1), null));
    }
    return new Batch(join(quick), join(cut));
  }

  private static CompletableFuture<Sent> send(
      Client client, String path, @Nullable Duration deadline) {
    return client.get(path, deadline).thenApply(reply -> new Sent(path, deadline, reply));
  }

  private static List<Sent> join(List<CompletableFuture<Sent>> sent) {
    return sent.stream().map(CompletableFuture::join).toList();
  }

  boolean kept() {
    return keptQuick() == quick.size() && keptCut() == cut.size();
  }

  long keptQuick() {
    return quick.stream().filter(Sent::kept).count();
  }

  long keptCut() {
    return cut.stream().filter(Sent::kept).count();
  }

  long slowestQuick() {
    return quick.stream().mapToLong(sent -> sent.reply().millis()).max().orElse(0);
  }

  long latestCut() {
    return cut.stream().mapToLong(sent -> sent.late().toMillis()).max().orElse(0);
  }
}
