package io.ctx4j.examples.guide;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.grpc.CtxClientInterceptor;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.grpc.CtxServerInterceptor;
import io.ctx4j.reactor.CtxOps;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A reactive service behind gRPC, called by a Mono: one call of it, ended in each way. */
class GrpcGuideTest {
  private static final MethodDescriptor<String, String> PRICE =
      MethodDescriptor.<String, String>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("guide.Inventory/Price")
          .setRequestMarshaller(new Text())
          .setResponseMarshaller(new Text())
          .build();

  private final BlockingQueue<Ctx> handled = new LinkedBlockingQueue<>();
  private final CountDownLatch canceled = new CountDownLatch(1);
  private Server server;
  private ManagedChannel channel;
  private GrpcGuide guide;

  @BeforeEach
  void start() throws IOException {
    var service = ServerServiceDefinition.builder("guide.Inventory")
        .addMethod(PRICE, ServerCalls.asyncUnaryCall((id, answer) -> {
          Ctx ctx = CtxGrpc.current();
          Mono<String> price = id.equals("never") ? Mono.never() : Mono.just("5 for " + id);
          // told when it is subscribed to: a call that is done before that has nothing to cancel
          Mono<String> watched =
              price.doOnSubscribe(s -> handled.add(ctx)).doOnCancel(canceled::countDown);
          GrpcGuide.answer(watched, answer);
        }))
        .build();
    server = InProcessServerBuilder.forName("guide")
        .addService(service)
        .intercept(new CtxServerInterceptor(Ctx.background()))
        .build()
        .start();
    channel = InProcessChannelBuilder.forName("guide")
        .intercept(new CtxClientInterceptor())
        .build();
    guide = new GrpcGuide(new GrpcGuide.Inventory(channel, CallOptions.DEFAULT, PRICE));
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private Ctx handled() throws InterruptedException {
    return requireNonNull(handled.poll(60, TimeUnit.SECONDS), "no call");
  }

  @Test
  @DisplayName("G1 a reactive handler answers, under the deadline of the caller")
  void price_answered_underTheCallersDeadline() throws Exception {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMinutes(1))) {
      assertThat(guide.price("tea").transform(CtxOps.bind(ctx)).block()).isEqualTo("5 for tea");
      assertThat(handled().deadline()).isNotNull();
    }
  }

  @Test
  @DisplayName("G3 the caller's end ends the handler's Mono, and the caller has its own error")
  void price_callersCtxEnds_handlersMonoIsCanceled() throws Exception {
    CancelCtx ctx = Ctx.background().withCancel();
    CompletableFuture<String> price =
        guide.price("never").transform(CtxOps.bind(ctx)).toFuture();
    Ctx call = handled();

    ctx.cancel();

    assertThatThrownBy(price::get).hasCauseInstanceOf(CanceledException.class);
    assertThat(canceled.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(call.isDone()).isTrue();
  }

  @Test
  @DisplayName("a subscriber that leaves ends the call, whatever its Ctx")
  void price_subscriberLeaves_callIsCanceled() throws Exception {
    var subscription = guide.price("never").subscribe();
    Ctx call = handled();

    subscription.dispose();

    assertThat(canceled.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(call.isDone()).isTrue();
  }

  @Test
  @DisplayName("G3 a call without its caller's end goes on, and without its deadline")
  void log_callerEnds_callGoesOn() throws Exception {
    CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMinutes(1));
    var answers = new CompletableFuture<String>();
    Mono<String> logged =
        Mono.create(sink -> guide.log(ctx, "never", new GrpcGuide.Answer<String>(sink)));
    var unused = logged.subscribe(answers::complete, answers::completeExceptionally);
    Ctx call = handled();

    ctx.cancel();

    assertThat(call.isDone()).isFalse();
    assertThat(call.deadline()).isNull();
    assertThat(answers).isNotDone();
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
