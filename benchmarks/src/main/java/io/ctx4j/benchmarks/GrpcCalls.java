package io.ctx4j.benchmarks;

import io.ctx4j.Ctx;
import io.ctx4j.grpc.CtxClientInterceptor;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.grpc.CtxServerInterceptor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A unary call in process, on gRPC's own executor, with a deadline that the stub has, or gRPC's
 * current Context, or a Ctx.
 *
 * <p>All three send it, and have the call end with it.
 */
final class GrpcCalls {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String SERVICE = "ctx4j.benchmarks.Echo";
  private static final byte[] REQUEST = {1};

  private static final MethodDescriptor<byte[], byte[]> ECHO =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Echo"))
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  /** Where a call has its deadline from. */
  private enum Deadline {
    /** The stub. */
    RAW,
    /** The current context of gRPC's. */
    CONTEXT,
    /** A Ctx, by both interceptors. */
    BIND
  }

  private GrpcCalls() {}

  static void measure(Figures figures, boolean quick) throws IOException {
    List<List<String>> processes =
        Stream.of(Deadline.values()).map(deadline -> List.of(deadline.name())).toList();
    Turns.measure(figures, GrpcCalls.class, processes, 8, quick);
  }

  public static void main(String[] args) throws Exception {
    Turns.take(args[0], way -> call(Deadline.valueOf(way)));
  }

  private static Callable<?> call(Deadline deadline) throws IOException {
    var service = ServerServiceDefinition.builder(SERVICE)
        .addMethod(ECHO, ServerCalls.asyncUnaryCall((request, answer) -> {
          answer.onNext(request);
          answer.onCompleted();
        }))
        .build();
    var server = InProcessServerBuilder.forName(SERVICE).addService(service);
    var channel = InProcessChannelBuilder.forName(SERVICE);
    if (deadline == Deadline.BIND) {
      server.intercept(new CtxServerInterceptor(Ctx.background().withCancel()));
      channel.intercept(new CtxClientInterceptor());
    }
    server.build().start();
    var stub = new EchoStub(channel.build(), CallOptions.DEFAULT);
    return switch (deadline) {
      case RAW -> () -> stub.withDeadlineAfter(HOUR).echo();
      case CONTEXT -> {
        var timer = new ScheduledThreadPoolExecutor(1);
        var context = Context.ROOT.withDeadlineAfter(HOUR.toMinutes(), TimeUnit.MINUTES, timer);
        yield () -> context.call(stub::echo);
      }
      case BIND -> {
        var ctx = Ctx.background().withTimeout(HOUR);
        yield () -> CtxGrpc.with(stub, ctx).echo();
      }
    };
  }

  private static final class EchoStub extends AbstractStub<EchoStub> {
    EchoStub(Channel channel, CallOptions options) {
      super(channel, options);
    }

    @Override
    protected EchoStub build(Channel channel, CallOptions options) {
      return new EchoStub(channel, options);
    }

    Object echo() {
      return ClientCalls.blockingUnaryCall(getChannel(), ECHO, getCallOptions(), REQUEST);
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
