package io.ctx4j.examples.inventory;

import static io.grpc.stub.ServerCalls.asyncUnaryCall;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.AbstractAsyncStub;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * What protoc generates for others: the service's one method, a stub for its clients, a base for
 * its server.
 *
 * <p>By hand, so that the build needs no protoc; the messages are numbers, as text.
 */
public final class InventoryGrpc {
  private static final String SERVICE = "ctx4j.examples.Inventory";

  /** Counts the items in stock, and takes that many seconds for it. */
  private static final MethodDescriptor<Double, Long> COUNT =
      MethodDescriptor.<Double, Long>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Count"))
          .setRequestMarshaller(new Text<>(Double::valueOf))
          .setResponseMarshaller(new Text<>(Long::valueOf))
          .build();

  private InventoryGrpc() {}

  /** Calls the service. */
  public static final class InventoryStub extends AbstractAsyncStub<InventoryStub> {
    /** Over that channel. */
    public InventoryStub(Channel channel) {
      this(channel, CallOptions.DEFAULT);
    }

    private InventoryStub(Channel channel, CallOptions options) {
      super(channel, options);
    }

    @Override
    protected InventoryStub build(Channel channel, CallOptions options) {
      return new InventoryStub(channel, options);
    }

    /** Counts the items in stock. */
    public void count(double seconds, StreamObserver<Long> answer) {
      ClientCalls.asyncUnaryCall(getChannel().newCall(COUNT, getCallOptions()), seconds, answer);
    }
  }

  /** Serves it. */
  abstract static class InventoryImplBase implements BindableService {
    abstract void count(double seconds, StreamObserver<Long> answer);

    @Override
    public final ServerServiceDefinition bindService() {
      return ServerServiceDefinition.builder(SERVICE)
          .addMethod(COUNT, asyncUnaryCall(this::count))
          .build();
    }
  }

  private record Text<T>(Function<String, T> parser) implements MethodDescriptor.Marshaller<T> {
    @Override
    public InputStream stream(T value) {
      return new ByteArrayInputStream(value.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public T parse(InputStream stream) {
      try (stream) {
        return parser.apply(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
