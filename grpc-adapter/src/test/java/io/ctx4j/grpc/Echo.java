package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A server and a client of it; its calls are in the test's hands. */
final class Echo implements AutoCloseable {
  final CancelCtx root;
  final Server server;
  final ManagedChannel channel;
  final ConcurrentLinkedQueue<CallOutcome> outcomes = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<Handled> calls = new LinkedBlockingQueue<>();

  /**
   * A call that the server has taken.
   *
   * @param ctx as {@link CtxGrpc#current()} was in the handler
   */
  record Handled(Ctx ctx, ServerCallStreamObserver<String> response, List<Throwable> failures) {
    void complete(String with) {
      response.onNext(with);
      response.onCompleted();
    }

    /** As a handler does that has not heard of the end; gRPC's stub may tell it by a throw. */
    void completeLate() {
      late(() -> complete("late"));
    }

    void send(String message) {
      try {
        late(() -> response.onNext(message));
      } catch (Throwable e) {
        failures.add(e);
      }
    }

    private static void late(Runnable send) {
      try {
        send.run();
      } catch (StatusRuntimeException e) {
        assertThat(e).hasMessageContaining("already cancelled");
      }
    }
  }

  Echo(Wire wire) {
    this(wire, null, null);
  }

  Echo(Wire wire, @Nullable Duration defaultTimeout, @Nullable Duration maxTimeout) {
    this(wire, TimeSource.system(), defaultTimeout, maxTimeout);
  }

  Echo(
      Wire wire,
      TimeSource time,
      @Nullable Duration defaultTimeout,
      @Nullable Duration maxTimeout) {
    root = Ctx.root(time).withCancel();
    var interceptor = new CtxServerInterceptor(root, defaultTimeout, maxTimeout, outcomes::add);
    server = wire.start(
        builder -> builder.addService(Kind.service(this::handle)).intercept(interceptor));
    channel = wire.channel(server);
  }

  private StreamObserver<String> handle(StreamObserver<String> response) {
    calls.add(new Handled(
        CtxGrpc.current(),
        (ServerCallStreamObserver<String>) response,
        new CopyOnWriteArrayList<>()));
    return new Answers();
  }

  EchoStub stub() {
    return new EchoStub(channel);
  }

  /** The next call that the server takes; null: it was over before it came here. */
  @Nullable Handled handledUnless(BooleanSupplier over) {
    Await.until(() -> !calls.isEmpty() || over.getAsBoolean(), () -> "no call");
    return calls.poll();
  }

  /** The next call that the server takes. */
  Handled handled() {
    try {
      return requireNonNull(calls.poll(60, TimeUnit.SECONDS), "no call");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Completes or fails some of the calls that have come. */
  void answerSome(Random random) {
    for (Handled call = calls.poll(); call != null; call = calls.poll()) {
      switch (random.nextInt(3)) {
        case 0 -> call.completeLate();
        case 1 -> call.response().onError(Status.ABORTED.asRuntimeException());
        default -> {}
      }
    }
  }

  boolean hasCalls() {
    return !calls.isEmpty();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    root.close();
  }
}
