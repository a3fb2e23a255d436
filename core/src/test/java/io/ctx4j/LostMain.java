package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Runs in a JVM of its own: drops contexts, or does not, a method for each way, and prints what is
 * reported of them: the method in which it was made, and the message.
 */
@SuppressWarnings("CheckReturnValue") // that is what it is about
final class LostMain {
  private static final CtxKey<String> KEY = CtxKey.named("key");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<Ctx> KEPT = new ArrayList<>();

  private static final Set<String> LAST = new HashSet<>();

  /** Held here, or the collector could take a logger with its handler. */
  private static final Logger LOGGER = Logger.getLogger("io.ctx4j");

  private static volatile boolean throwing;

  private LostMain() {}

  public static void main(String[] args) {
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(new Printing());
    CancelCtx parent = Ctx.background().withCancel();
    CancelCtx ended = Ctx.background().withCancel();

    dropsChild(parent);
    dropsTimed();
    dropsMerged(parent);
    dropsButForALayer(parent);
    dropsNamed(parent);
    dropsWithCallback(parent);
    for (int i = 0; i < 20_000; i++) {
      dropsOften(parent);
    }
    closes(parent);
    cancels(parent);
    keepsNamed(parent);
    dropsPast(parent);
    dropsUnderOneThatEnds(ended);
    ended.cancel();
    dropsTree();
    collect(
        parent,
        () -> parent.withName("last 1").withCancel(),
        () -> parent.withName("last 2").withCancel());

    throwing = true;
    Thread.currentThread()
        .setUncaughtExceptionHandler((thread, e) -> System.out.println("thrown " + e.getMessage()));
    dropsWhileTheLoggerThrows(parent);
    collect(
        parent,
        () -> parent.withName("last 3").withCancel(),
        () -> parent.withName("last 4").withCancel());
    requireNonNull(KEPT.get(0));
    System.out.println("live " + parent.isDone());
    parent.cancel();
    System.out.println("err " + requireNonNull(parent.err()).getStackTrace().length);
  }

  private static void dropsChild(Ctx parent) {
    parent.withName("child").withCancel();
  }

  private static void dropsTimed() {
    Ctx.background().withTimeout(HOUR);
  }

  private static void dropsMerged(Ctx parent) {
    Ctx.merge(Ctx.background(), parent);
  }

  private static void dropsButForALayer(Ctx parent) {
    KEPT.add(parent.withCancel().withValue(KEY, "secret"));
  }

  private static void dropsNamed(Ctx parent) {
    parent.withCancel().withName("copy");
  }

  private static void dropsWithCallback(Ctx parent) {
    parent.withCancel().withCancel().onDone(() -> {});
  }

  private static void dropsOften(Ctx parent) {
    parent.withCancel();
  }

  private static void closes(Ctx parent) {
    try (CancelCtx ctx = parent.withTimeout(HOUR)) {
      ctx.withCancel().withName("below").close();
    }
  }

  private static void cancels(Ctx parent) {
    parent.withCancel().withName("copy").cancel();
  }

  private static void keepsNamed(Ctx parent) {
    KEPT.add(parent.withCancel().withName("kept"));
  }

  private static void dropsPast(Ctx parent) {
    parent.withTimeout(Duration.ZERO);
  }

  private static void dropsUnderOneThatEnds(Ctx ended) {
    ended.withCancel();
  }

  private static void dropsTree() {
    CancelCtx top = Ctx.background().withCancel();
    top.withCancel().withCancel().onDone(() -> {});
  }

  private static void dropsWhileTheLoggerThrows(Ctx parent) {
    parent.withCancel();
  }

  /**
   * Until all has been found that was dropped: what is dropped last, by the second of these, is
   * found by a collection after theirs, and told when further contexts are made. Where nobody
   * watches: a few.
   */
  private static void collect(Ctx parent, Runnable first, Runnable second) {
    boolean off = System.getProperty("ctx4j.debug", "false").equals("false");
    int before = LAST.size();
    for (int i = 0; i < 5_000 && (off ? i < 5 : LAST.size() < before + 2); i++) {
      Runnable drop = LAST.size() == before ? first : second;
      for (int k = 0; k < 500; k++) {
        drop.run();
      }
      System.gc();
      for (int k = 0; k < 500; k++) {
        parent.withCancel().close();
      }
    }
  }

  private static final class Printing extends Handler {
    @Override
    public void publish(LogRecord record) {
      StackTraceElement[] made = requireNonNull(record.getThrown()).getStackTrace();
      if (made[0].getMethodName().startsWith("lambda")) {
        LAST.add(record.getMessage());
        return;
      }
      if (throwing) {
        throw new IllegalStateException("handler " + made[0].getMethodName());
      }
      System.out.println("lost " + made[0].getMethodName() + " " + made[1].getMethodName() + " "
          + record.getLevel() + " " + record.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
