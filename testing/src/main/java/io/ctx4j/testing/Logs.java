package io.ctx4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What is logged while a test runs: of ours all, of others what is worth a warning. */
public final class Logs implements AutoCloseable {
  private static final String OURS = "io.ctx4j";
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = (Logger) LoggerFactory.getLogger(OURS);
  private final ListAppender<ILoggingEvent> events = new ListAppender<>();

  private Logs() {}

  /** What we log from here on, where no program sets logging up. */
  public static Logs ofOurs() {
    Logs logs = capture();
    logs.events.setContext(logs.root.getLoggerContext());
    logs.events.start();
    logs.ours.addAppender(logs.events);
    logs.ours.setLevel(Level.DEBUG);
    return logs;
  }

  /** To be {@link #reset} once a program has set logging up. */
  public static Logs capture() {
    var logs = new Logs();
    logs.events.list = new CopyOnWriteArrayList<>();
    return logs;
  }

  /** Boot sets logging up as it starts. */
  public void reset() {
    events.setContext(root.getLoggerContext());
    events.start();
    root.detachAndStopAllAppenders();
    events.start();
    root.setLevel(Level.WARN);
    root.addAppender(events);
    ours.setLevel(Level.DEBUG);
  }

  public List<String> ours() {
    return events.list.stream()
        .filter(event -> event.getLoggerName().startsWith(OURS + "."))
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  /** Warnings and errors. */
  public List<String> noise() {
    return events.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        // reactor-netty's own, whenever a client resets its connection
        .filter(event -> !event.getLoggerName().equals("reactor.netty.channel.FluxReceive"))
        .map(event -> event.getLevel() + " " + event.getLoggerName() + " "
            + event.getFormattedMessage()
            + (event.getThrowableProxy() == null
                ? ""
                : " " + event.getThrowableProxy().getClassName() + ": "
                    + event.getThrowableProxy().getMessage()))
        .toList();
  }

  /** Fails on warnings and errors, and begins anew. */
  public void assertQuiet() {
    List<String> noise = noise();
    clear();
    assertThat(noise).isEmpty();
  }

  public void clear() {
    events.list.clear();
  }

  @Override
  public void close() {
    root.detachAppender(events);
    if (ours.detachAppender(events)) {
      ours.setLevel(null);
    }
  }
}
