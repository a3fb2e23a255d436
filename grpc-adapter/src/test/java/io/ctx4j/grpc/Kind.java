package io.ctx4j.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** The four kinds of call, of strings, without generated code. */
enum Kind {
  UNARY(MethodType.UNARY),
  SERVER_STREAMING(MethodType.SERVER_STREAMING),
  CLIENT_STREAMING(MethodType.CLIENT_STREAMING),
  BIDI(MethodType.BIDI_STREAMING);

  static final String SERVICE = "ctx4j.test.Echo";

  @SuppressWarnings("ImmutableEnumChecker") // it is
  final MethodDescriptor<String, String> method;

  Kind(MethodType type) {
    method = MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name()))
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  /**
   * A service whose handler, of whatever kind, is called as its call begins, with what it answers
   * to.
   */
  static ServerServiceDefinition service(
      Function<StreamObserver<String>, StreamObserver<String>> handler) {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            UNARY.method,
            ServerCalls.asyncUnaryCall((request, to) -> handler.apply(to).onNext(request)))
        .addMethod(
            SERVER_STREAMING.method,
            ServerCalls.asyncServerStreamingCall(
                (request, to) -> handler.apply(to).onNext(request)))
        .addMethod(CLIENT_STREAMING.method, ServerCalls.asyncClientStreamingCall(handler::apply))
        .addMethod(BIDI.method, ServerCalls.asyncBidiStreamingCall(handler::apply))
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
