package io.ctx4j.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A driver of which nothing is known: what a statement gives, and how, is the test's. */
final class OtherDriver implements ConnectionFactory {
  /**
   * What has reached it: statements and calls as they are subscribed to, and each
   * {@code execute()}.
   */
  final List<String> calls = new CopyOnWriteArrayList<>();

  /** What a call of a connection's answers with. */
  volatile Function<String, Mono<?>> answers = call -> Mono.empty();

  private final Function<String, Publisher<? extends Result>> results;

  OtherDriver(Function<String, Publisher<? extends Result>> results) {
    this.results = results;
  }

  /** Each statement has one result, with these rows. */
  static OtherDriver of(Function<String, Flux<Integer>> rows) {
    return new OtherDriver(sql -> Mono.just(new Rows(rows.apply(sql))));
  }

  @Override
  public Mono<Connection> create() {
    return Mono.fromSupplier(() -> stub(Connection.class, (self, method, arguments) -> {
      Class<?> returned = method.getReturnType();
      if (method.getName().equals("createStatement")) {
        return statement((String) arguments[0]);
      } else if (returned == Batch.class) {
        return batch();
      } else if (method.getName().equals("unwrap")) {
        return arguments == null ? self : null; // as if there were something in it
      } else if (Publisher.class.isAssignableFrom(returned)) {
        String call = method.getName();
        return Mono.fromRunnable(() -> calls.add(call)).then(Mono.defer(() -> answers.apply(call)));
      }
      return returned == boolean.class ? true : null;
    }));
  }

  private Statement statement(String sql) {
    return stub(Statement.class, (self, method, arguments) -> {
      if (!method.getName().equals("execute")) {
        return self;
      }
      calls.add("execute");
      return Flux.defer(() -> sent(sql));
    });
  }

  private Batch batch() {
    List<String> statements = new ArrayList<>();
    return stub(Batch.class, (self, method, arguments) -> {
      if (method.getName().equals("add")) {
        statements.add((String) arguments[0]);
        return self;
      }
      return Flux.fromIterable(statements).concatMap(this::sent);
    });
  }

  private Publisher<? extends Result> sent(String sql) {
    calls.add(sql);
    return results.apply(sql);
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return () -> "another";
  }

  /** One result. */
  record Rows(Flux<Integer> rows) implements Result {
    @Override
    public Publisher<Long> getRowsUpdated() {
      return rows.count();
    }

    @Override
    public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapping) {
      return rows.map(value -> mapping.apply(row(value), row(value).getMetadata()));
    }

    @Override
    public <T> Publisher<T> map(Function<? super Readable, ? extends T> mapping) {
      return rows.map(value -> mapping.apply(row(value)));
    }

    @Override
    public Result filter(Predicate<Segment> filter) {
      return new Rows(rows.filter(value -> filter.test((RowSegment) () -> row(value))));
    }

    @Override
    public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapping) {
      return rows.concatMap(value -> mapping.apply((RowSegment) () -> row(value)));
    }

    private static Row row(Integer value) {
      return stub(
          Row.class,
          (self, method, arguments) -> method.getName().equals("get")
              ? value
              : stub(RowMetadata.class, (metadata, of, none) -> null));
    }
  }

  private interface Calls {
    @Nullable Object call(Object self, Method method, Object[] arguments);
  }

  private static <T> T stub(Class<T> type, Calls calls) {
    Class<?>[] types =
        type == Connection.class ? new Class<?>[] {type, Wrapped.class} : new Class<?>[] {type};
    return type.cast(Proxy.newProxyInstance(
        OtherDriver.class.getClassLoader(),
        types,
        (self, method, arguments) -> method.getDeclaringClass() == Object.class
            ? type.getSimpleName()
            : calls.call(self, method, arguments)));
  }
}
