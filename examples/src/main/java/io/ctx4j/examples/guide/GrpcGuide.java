package io.ctx4j.examples.guide;

import io.ctx4j.Ctx;
import io.ctx4j.grpc.CtxClientInterceptor;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.grpc.CtxServerInterceptor;
import io.ctx4j.reactor.CtxOps;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** gRPC, with and without Spring. */
final class GrpcGuide {
  private final Inventory inventory;

  GrpcGuide(Inventory inventory) {
    this.inventory = inventory;
  }

  // region assemble
  Server server(Ctx root, BindableService orders) {
    return ServerBuilder.forPort(9090)
        .addService(orders)
        .intercept(new CtxServerInterceptor(root, Duration.ofSeconds(5), Duration.ofSeconds(30)))
        .build();
  }

  ManagedChannel channel(String inventory) {
    return ManagedChannelBuilder.forTarget(inventory)
        .intercept(new CtxClientInterceptor())
        .build();
  }
  // endregion

  // region call
  void order(String id, StreamObserver<String> answer) { // gRPC calls this: current() is the call's
    Ctx ctx = CtxGrpc.current();
    CtxGrpc.with(inventory, ctx).price(id, answer); // on any thread: Reactor's, RxJava's
  }

  void log(Ctx ctx, String id, StreamObserver<String> answer) {
    CtxGrpc.with(inventory, ctx.withoutCancel())
        .price(id, answer); // goes on when its caller has ended
  }
  // endregion

  // region reactive
  static void answer(Mono<String> price, StreamObserver<String> answer) {
    Ctx ctx = CtxGrpc.current(); // here, where gRPC calls: what follows is on other threads
    price
        .transform(CtxOps.bind(ctx))
        .subscribe(answer::onNext, answer::onError, answer::onCompleted);
  }
  // endregion

  // region mono
  Mono<String> price(String id) { // under its subscriber's Ctx, on whatever thread
    return Mono.deferContextual(view -> Mono.create(
        sink -> CtxGrpc.with(inventory, CtxOps.get(view)).price(id, new Answer<String>(sink))));
  }

  record Answer<T>(MonoSink<T> sink) implements ClientResponseObserver<String, T> {
    @Override
    public void beforeStart(ClientCallStreamObserver<String> call) {
      sink.onCancel(() -> call.cancel("nobody waits for it any more", null)); // take, timeout
    }

    @Override
    public void onNext(T value) {
      sink.success(value);
    }

    @Override
    public void onError(Throwable error) {
      sink.error(error);
    }

    @Override
    public void onCompleted() {
      sink.success();
    }
  }
  // endregion

  /** As protoc makes one. */
  static final class Inventory extends AbstractStub<Inventory> {
    private final MethodDescriptor<String, String> price;

    Inventory(Channel channel, CallOptions options, MethodDescriptor<String, String> price) {
      super(channel, options);
      this.price = price;
    }

    @Override
    protected Inventory build(Channel channel, CallOptions options) {
      return new Inventory(channel, options, price);
    }

    void price(String id, StreamObserver<String> answer) {
      ClientCalls.asyncUnaryCall(getChannel().newCall(price, getCallOptions()), id, answer);
    }
  }
}
