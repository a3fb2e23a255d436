package io.ctx4j.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A driver that says what reaches it, at the moment when it does, so that a test can have the worst
 * happen just there.
 *
 * <p>{@code before} runs when one of its publishers is subscribed to, on that thread; {@code after}
 * once it has ended, before anybody is told.
 */
final class Hooked {
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile Consumer<String> before = call -> {};
  volatile Consumer<String> after = call -> {};
  private final ConnectionFactory driver;
  private final boolean known;

  /** @param known false: it does not say whose driver it is */
  Hooked(ConnectionFactory driver, boolean known) {
    this.driver = driver;
    this.known = known;
  }

  ConnectionFactory factory() {
    return proxy(ConnectionFactory.class, driver);
  }

  private <T> T proxy(Class<T> type, Object target) {
    Class<?>[] types = known && !type.equals(Statement.class) && !type.equals(Batch.class)
        ? new Class<?>[] {type, Wrapped.class}
        : new Class<?>[] {type};
    return type.cast(Proxy.newProxyInstance(
        Hooked.class.getClassLoader(), types, (self, method, arguments) -> {
          if (method.getDeclaringClass() == Wrapped.class) {
            return arguments == null
                ? target
                : target instanceof Wrapped<?> wrapped
                    ? wrapped.unwrap((Class<?>) arguments[0])
                    : null;
          }
          Object result;
          try {
            result = method.invoke(target, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          String call = method.getName()
              + (arguments != null && arguments.length > 0 ? " " + arguments[0] : "");
          if (result == target) {
            return self;
          } else if (result instanceof Statement statement) {
            return proxy(Statement.class, new Named(statement, (String) arguments[0]).statement());
          } else if (result instanceof Batch batch) {
            return proxy(Batch.class, batch);
          } else if (method.getName().equals("create")) {
            return Mono.from((Publisher<?>) result).map(each -> proxy(Connection.class, each));
          } else if (result instanceof Publisher<?> publisher) {
            return hook(Named.of(target, call), publisher);
          }
          return result;
        }));
  }

  private Publisher<?> hook(String call, Publisher<?> publisher) {
    return Flux.defer(() -> {
          calls.add(call);
          before.accept(call);
          return publisher;
        })
        .doOnTerminate(() -> after.accept(call));
  }

  /** Gives {@code execute} the name of what is executed. */
  private record Named(Statement target, String sql) {
    private static final java.util.Map<Object, String> SQL =
        java.util.Collections.synchronizedMap(new java.util.WeakHashMap<>());

    Statement statement() {
      SQL.put(target, sql);
      return target;
    }

    static String of(Object target, String call) {
      return SQL.getOrDefault(target, call);
    }
  }
}
