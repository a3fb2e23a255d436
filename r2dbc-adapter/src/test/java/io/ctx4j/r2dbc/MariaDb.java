package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.Await;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One MariaDB for all tests of the JVM, where the profile {@code mariadb} brings one: as resources,
 * which are laid out here.
 *
 * <p>It knows an application by its database, and ends with this JVM, however that ends: its
 * standard input does.
 */
final class MariaDb implements Server {
  /** The folder of the server's resources; unset without the profile. */
  private static final @Nullable String RESOURCES = System.getProperty("ctx4j.test.mariadb");

  private static @Nullable MariaDb server;

  private static final String HELD = "mysql.held";

  private final int port;
  private final Connection watch;

  private MariaDb(int port) {
    this.port = port;
    Connection holder = Database.get(Mono.from(driver(port, "mysql").create()));
    for (String sql : List.of(
        "CREATE TABLE " + HELD + "(n int) ENGINE=InnoDB",
        "INSERT INTO " + HELD + " VALUES (0)",
        "START TRANSACTION",
        "SELECT n FROM " + HELD + " FOR UPDATE")) {
      Flux.from(holder.createStatement(sql).execute())
          .flatMap(result -> result.map(row -> 0))
          .blockLast(Database.STUCK);
    }
    watch = Database.get(Mono.from(driver(port, "mysql").create()));
  }

  /** The server; without one the test is skipped. */
  static synchronized MariaDb orSkip() throws Exception {
    Assumptions.assumeTrue(RESOURCES != null, "no MariaDB here: mvn -Pmariadb brings one");
    if (server == null) {
      server = start(requireNonNull(RESOURCES));
    }
    return server;
  }

  private static MariaDb start(String resources) throws Exception {
    Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "mariadb");
    for (String name : List.of(
        "bin/mariadbd",
        "share/english/errmsg.sys",
        "share/charsets/Index.xml",
        "share/mariadb_system_tables.sql",
        "share/mariadb_system_tables_data.sql")) {
      Path file = home.resolve(name);
      Files.createDirectories(file.getParent());
      try (InputStream in = requireNonNull(
          MariaDb.class.getClassLoader().getResourceAsStream(resources + "/" + name), name)) {
        Files.copy(in, file);
      }
    }
    if (!home.resolve("bin/mariadbd").toFile().setExecutable(true)) {
      throw new IOException("not executable: " + home);
    }
    initialize(home);
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = home.resolve("log");
    List<String> command = new ArrayList<>(
        // ends with its standard input, which is a pipe from this JVM
        List.of("sh", "-c", "\"$@\" & server=$!; cat; kill $server; wait $server", "sh"));
    command.addAll(command(home));
    command.addAll(List.of(
        "--skip-name-resolve",
        "--skip-ssl", // else its first start makes a key, for a minute
        "--bind-address=127.0.0.1",
        "--port=" + port,
        "--max-connections=300"));
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(process, home)));
    ConnectionFactory root = driver(port, "mysql");
    Await.until(
        () -> Mono.usingWhen(root.create(), c -> Mono.just(true), Connection::close)
            .onErrorReturn(false)
            .blockOptional(Database.STUCK)
            .orElse(false),
        () -> text(log));
    return new MariaDb(port);
  }

  private static List<String> command(Path home) {
    Path base = home.toAbsolutePath();
    return List.of(
        base.resolve("bin/mariadbd").toString(),
        "--no-defaults",
        "--user=" + System.getProperty("user.name"), // as root it wants to be told so
        "--basedir=" + base,
        "--datadir=" + base.resolve("data"),
        "--lc-messages-dir=" + base.resolve("share"),
        "--character-sets-dir=" + base.resolve("share/charsets"),
        "--socket=" + base.resolve("socket"),
        "--plugin-load=",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-log-file-size=16M");
  }

  /** Makes its system tables. */
  private static void initialize(Path home) throws IOException, InterruptedException {
    Files.createDirectories(home.resolve("data"));
    Path log = home.resolve("log");
    List<String> command = new ArrayList<>(command(home));
    command.add("--bootstrap");
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    try (OutputStream sql = process.getOutputStream()) {
      sql.write("create database mysql;\nuse mysql;\n".getBytes(StandardCharsets.UTF_8));
      Files.copy(home.resolve("share/mariadb_system_tables.sql"), sql);
      Files.copy(home.resolve("share/mariadb_system_tables_data.sql"), sql);
    }
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(text(log));
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void delete(Process process, Path home) {
    try (var files = Files.walk(home)) {
      process.getOutputStream().close();
      process.waitFor(10, TimeUnit.SECONDS);
      files
          .sorted(java.util.Comparator.reverseOrder())
          .forEach(file -> file.toFile().delete());
    } catch (IOException | InterruptedException e) {
      process.destroyForcibly(); // what is left is under target
    }
  }

  private static ConnectionFactory driver(int port, String database) {
    return ConnectionFactories.get(ConnectionFactoryOptions.builder()
        .option(ConnectionFactoryOptions.DRIVER, "mariadb")
        .option(ConnectionFactoryOptions.HOST, "127.0.0.1")
        .option(ConnectionFactoryOptions.PORT, port)
        .option(ConnectionFactoryOptions.USER, "root")
        .option(ConnectionFactoryOptions.DATABASE, database)
        .build());
  }

  @Override
  public ConnectionFactory driver(String application) {
    execute("CREATE DATABASE IF NOT EXISTS " + application);
    return driver(port, application);
  }

  @Override
  public synchronized void execute(String sql) {
    Flux.from(watch.createStatement(sql).execute())
        .flatMap(result -> result.getRowsUpdated())
        .blockLast(Database.STUCK);
  }

  @Override
  public synchronized long count(String sql) {
    return requireNonNull(rows(sql).blockLast(Database.STUCK));
  }

  @Override
  public synchronized void forEachInt(String sql, IntConsumer action) {
    rows(sql).toIterable().forEach(number -> action.accept(Math.toIntExact(number)));
  }

  private Flux<Long> rows(String sql) {
    return Flux.from(watch.createStatement(sql).execute())
        .concatMap(result -> result.map(row -> Long.parseLong(String.valueOf(row.get(0)))));
  }

  @Override
  public String table(String application, String name) {
    return application + "." + name;
  }

  /**
   * It waits for a row that is locked. Not SLEEP: all sleepers share one lock, so that killing
   * several at once holds them, and KILL itself, up for 2 s.
   */
  @Override
  public String slow(int seconds) {
    return "SET STATEMENT innodb_lock_wait_timeout=" + seconds + " FOR SELECT n FROM " + HELD
        + " FOR UPDATE";
  }

  @Override
  public String parameter(int number) {
    return "?";
  }

  @Override
  public long active(String application) {
    return processes(application, "command <> 'Sleep' AND info LIKE '%FOR UPDATE%'");
  }

  @Override
  public long idleInTransaction(String application) {
    return count("SELECT COUNT(*) FROM information_schema.innodb_trx t"
        + " JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"
        + " WHERE p.command = 'Sleep' AND p.db = '" + application + "'");
  }

  @Override
  public long connections(String application) {
    return processes(application, "true");
  }

  private long processes(String application, String condition) {
    return count("SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" + application
        + "' AND " + condition);
  }
}
