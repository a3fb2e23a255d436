package io.ctx4j.examples.inventory;

import io.ctx4j.Ctx;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.reactor.CtxOps;
import io.grpc.stub.StreamObserver;

/** What the inventory service answers. */
final class InventoryService extends InventoryGrpc.InventoryImplBase {
  private final Stock stock;

  InventoryService(Stock stock) {
    this.stock = stock;
  }

  @Override
  void count(double seconds, StreamObserver<Long> answer) {
    Ctx ctx = CtxGrpc.current(); // here, where gRPC calls: what follows is on other threads
    stock
        .count(seconds)
        .transform(CtxOps.bind(ctx))
        .subscribe(answer::onNext, answer::onError, answer::onCompleted);
  }
}
