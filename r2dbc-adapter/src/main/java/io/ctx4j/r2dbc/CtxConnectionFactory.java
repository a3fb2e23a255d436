package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import io.r2dbc.spi.Closeable;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Connections whose statements end in the database once the {@link io.ctx4j.Ctx} of their
 * subscriber is done.
 *
 * <p>A statement belongs to the Ctx in its subscriber's Context; where that is empty, to the one
 * under which its connection was acquired. With none, or one that can never be done, everything is
 * the driver's.
 *
 * <p>Once a statement's Ctx is done, the database is asked to end it until the connection has
 * answered, its transaction is rolled back, and only then the connection is anybody's again. A
 * driver that cannot cancel lets its statement run on; its connection is kept from others until it
 * has answered.
 *
 * <p>Goes around a driver, below a pool, or around a pool; the same holds in both places.
 */
public final class CtxConnectionFactory
    implements ConnectionFactory, Closeable, Wrapped<ConnectionFactory> {
  private static final Logger LOG = Loggers.getLogger(CtxConnectionFactory.class);
  private static final Duration GIVE_UP = Duration.ofSeconds(2);

  private final ConnectionFactory driver;
  private final Settings settings;

  private CtxConnectionFactory(ConnectionFactory driver, Settings settings) {
    this.driver = driver;
    this.settings = settings;
  }

  /**
   * Returns the driver's or pool's connections under their subscribers' contexts.
   *
   * @param driver PostgreSQL's, MariaDB's and MySQL's statements are canceled in the database;
   *     Oracle's driver does that by itself; for any other see {@link Builder#canceler}
   */
  public static CtxConnectionFactory of(ConnectionFactory driver) {
    return builder(driver).build();
  }

  /** Returns a builder with the defaults of {@link #of}. */
  public static Builder builder(ConnectionFactory driver) {
    return new Builder(requireNonNull(driver, "driver"));
  }

  @Override
  public Mono<Connection> create() {
    return Acquisition.mono(settings, driver.create());
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return driver.getMetadata();
  }

  @Override
  public ConnectionFactory unwrap() {
    return driver;
  }

  /** Closes the driver or pool, if it can be closed. */
  @Override
  public Publisher<Void> close() {
    return driver instanceof Closeable closeable ? closeable.close() : Mono.empty();
  }

  @Override
  public String toString() {
    return "CtxConnectionFactory[" + driver.getMetadata().getName() + ", " + settings.canceling()
        + "]";
  }

  /** What {@link #of} leaves as it is. */
  public static final class Builder {
    private final ConnectionFactory driver;
    private @Nullable Canceler canceler;
    private boolean backstop;
    private Duration giveUp = GIVE_UP;
    private @Nullable String validationQuery;
    private Consumer<? super AbortOutcome> outcomes = outcome -> {};

    private Builder(ConnectionFactory driver) {
      this.driver = driver;
    }

    /**
     * Sets how a statement is ended in the database, for a driver that is not known, or in another
     * way.
     */
    public Builder canceler(Canceler canceler) {
      this.canceler = requireNonNull(canceler, "canceler");
      return this;
    }

    /**
     * Sets whether the server has a statement timeout, too, for the case that nobody is left to
     * cancel.
     *
     * <p>It is coarse, later than the deadline, and set only where it differs from what the
     * connection has: each time is a message to the server. PostgreSQL, MariaDB and MySQL; off
     * unless set.
     */
    public Builder backstop(boolean on) {
      backstop = on;
      return this;
    }

    /**
     * Sets how long after its Ctx's end a connection may take to answer before it is closed; 2 s
     * unless set.
     */
    public Builder giveUp(Duration after) {
      if (requireNonNull(after, "after").isNegative() || after.isZero()) {
        throw new IllegalArgumentException("after: " + after);
      }
      giveUp = after;
      return this;
    }

    /**
     * Sets the query by which a pool validates: it runs with the acquirer's Context, but is not its
     * work.
     */
    public Builder validationQuery(String sql) {
      validationQuery = requireNonNull(sql, "sql");
      return this;
    }

    /**
     * Sets what is told how each abort went: on the thread that found out, which it must not block.
     */
    public Builder onAbort(Consumer<? super AbortOutcome> outcomes) {
      this.outcomes = requireNonNull(outcomes, "outcomes");
      return this;
    }

    /** Returns the factory; says once, at INFO, where the driver cannot cancel. */
    public CtxConnectionFactory build() {
      Driver known = Driver.of(driver);
      Canceler canceler = this.canceler != null ? this.canceler : known.canceler(driver);
      if (canceler == null && known != Driver.ORACLE) {
        LOG.info(
            "{} cannot cancel a statement: it runs on when its context is done, and its connection is kept until it"
                + " has answered",
            driver.getMetadata().getName());
      }
      return new CtxConnectionFactory(
          driver,
          new Settings(
              known,
              canceler,
              Driver.isPooled(driver),
              backstop,
              giveUp,
              validationQuery,
              outcomes::accept));
    }
  }
}
