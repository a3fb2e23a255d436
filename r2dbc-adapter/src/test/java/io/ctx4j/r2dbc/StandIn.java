package io.ctx4j.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A driver without a database, which tells what reaches it: what it is taken for is its subclass's
 * name.
 *
 * <p>{@link #SLOW} runs until its session is killed, or its subscriber cancels; all else answers at
 * once.
 */
public abstract class StandIn implements ConnectionFactory {
  static final String SLOW = "SLOW";

  /** Each with the number of its connection. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  /** Runs where a method of a connection's is called, in place of that if it throws. */
  volatile Consumer<String> inCall = call -> {};

  /** Runs where what is {@link #SLOW} is canceled, in place of that if it throws. */
  volatile Runnable inCancel = () -> {};

  private final AtomicInteger sessions = new AtomicInteger();
  private final Map<Integer, Sinks.One<Object>> running = new ConcurrentHashMap<>();

  protected StandIn() {}

  @Override
  public Mono<Connection> create() {
    return Mono.fromSupplier(() -> {
      int session = sessions.incrementAndGet();
      return stub(Connection.class, (method, arguments) -> {
        inCall.accept(method.getName());
        return switch (method.getName()) {
          case "createStatement" -> statement(session, (String) arguments[0]);
          case "setStatementTimeout" ->
            told(session, "timeout of " + ((Duration) arguments[0]).toMillis());
          case "close", "rollbackTransaction" -> told(session, method.getName());
          default -> other(method);
        };
      });
    });
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return () -> "a stand-in";
  }

  private Mono<Object> told(int session, String call) {
    return Mono.fromRunnable(() -> calls.add(session + " " + call));
  }

  private Statement statement(int session, String sql) {
    return stub(
        Statement.class,
        (method, arguments) -> method.getName().equals("execute")
            ? told(session, sql).thenMany(results(() -> answer(session, sql)))
            : other(method));
  }

  /** One, and the stream of it ends when that does. */
  private static Flux<Result> results(Supplier<Mono<Object>> answer) {
    return Flux.defer(() -> {
      Sinks.Empty<Result> over = Sinks.empty();
      Mono<Object> value = Mono.defer(answer).doFinally(end -> over.tryEmitEmpty());
      Result result = stub(Result.class, (method, arguments) -> switch (method.getName()) {
        case "map" -> value.map(read -> mapped(arguments[0], row(read)));
        case "getRowsUpdated" -> value.then(Mono.just(0L));
        default -> other(method);
      });
      return Flux.concat(Mono.just(result), over.asMono());
    });
  }

  private static Row row(Object value) {
    return stub(Row.class, (method, arguments) -> value);
  }

  @SuppressWarnings("unchecked")
  private static Object mapped(Object mapping, Row row) {
    return mapping instanceof BiFunction<?, ?, ?> both
        ? ((BiFunction<Row, Object, Object>) both).apply(row, row)
        : ((Function<Row, Object>) mapping).apply(row);
  }

  private Mono<Object> answer(int session, String sql) {
    if (sql.equals("SELECT CONNECTION_ID()")) {
      return Mono.just(100L + session);
    } else if (sql.contains("@@")) {
      return Mono.just(0L);
    } else if (sql.startsWith("KILL QUERY ")) {
      Sinks.One<Object> hit = running.get(Integer.parseInt(sql.substring(11)) - 100);
      if (hit != null) {
        hit.tryEmitError(new R2dbcTimeoutException("Query execution was interrupted"));
      }
      return Mono.empty();
    } else if (sql.equals(SLOW)) {
      return running
          .computeIfAbsent(session, none -> Sinks.one())
          .asMono()
          .doOnCancel(() -> calls.add(session + " canceled"))
          .as(value -> Hostile.mono(value, n -> {}, () -> inCancel.run()));
    }
    return Mono.just(7);
  }

  private static @Nullable Object other(Method method) {
    Class<?> type = method.getReturnType();
    if (Publisher.class.isAssignableFrom(type)) {
      return Mono.empty();
    }
    return type == boolean.class ? true : null;
  }

  private interface Calls {
    @Nullable Object call(Method method, Object[] arguments);
  }

  private static <T> T stub(Class<T> type, Calls calls) {
    return type.cast(Proxy.newProxyInstance(
        StandIn.class.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> method.getDeclaringClass() == Object.class
            ? method.getName().equals("hashCode")
                ? System.identityHashCode(self)
                : method.getName().equals("equals") ? self == arguments[0] : type.getSimpleName()
            : calls.call(method, arguments)));
  }
}
