package io.ctx4j.examples.orders;

import io.ctx4j.examples.inventory.InventoryGrpc.InventoryStub;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.reactor.CtxOps;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The inventory service, as a Mono: its call is under the subscriber's Ctx, on whatever thread that
 * subscribes.
 */
final class Inventory {
  private final InventoryStub stub;

  Inventory(InventoryStub stub) {
    this.stub = stub;
  }

  /** Counts the items in stock, which takes its time there. */
  Mono<Long> count(double seconds) {
    return Mono.deferContextual(view ->
        Mono.create(sink -> CtxGrpc.with(stub, CtxOps.get(view)).count(seconds, new Answer(sink))));
  }

  private record Answer(MonoSink<Long> sink) implements ClientResponseObserver<Double, Long> {
    @Override
    public void beforeStart(ClientCallStreamObserver<Double> call) {
      sink.onCancel(() -> call.cancel("nobody waits for it any more", null));
    }

    @Override
    public void onNext(Long items) {
      sink.success(items);
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
}
