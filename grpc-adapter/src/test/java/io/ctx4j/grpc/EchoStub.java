package io.ctx4j.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;

/** A stub as generated ones are, for all kinds. */
final class EchoStub extends AbstractStub<EchoStub> {
  EchoStub(Channel channel) {
    this(channel, CallOptions.DEFAULT);
  }

  private EchoStub(Channel channel, CallOptions options) {
    super(channel, options);
  }

  @Override
  protected EchoStub build(Channel channel, CallOptions options) {
    return new EchoStub(channel, options);
  }

  /** Blocks, and throws a StatusRuntimeException. */
  String unary(String request) {
    return ClientCalls.blockingUnaryCall(
        getChannel(), Kind.UNARY.method, getCallOptions(), request);
  }

  /** Makes a call of any kind, with one request, whose side stays open where the client streams. */
  void call(Kind kind, String request, StreamObserver<String> responses) {
    var call = getChannel().newCall(kind.method, getCallOptions());
    switch (kind) {
      case UNARY -> ClientCalls.asyncUnaryCall(call, request, responses);
      case SERVER_STREAMING -> ClientCalls.asyncServerStreamingCall(call, request, responses);
      case CLIENT_STREAMING ->
        ClientCalls.asyncClientStreamingCall(call, responses).onNext(request);
      case BIDI -> ClientCalls.asyncBidiStreamingCall(call, responses).onNext(request);
    }
  }
}
