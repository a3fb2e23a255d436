package io.ctx4j.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.TimeSource;
import io.ctx4j.grpc.CtxClientInterceptor;
import io.ctx4j.grpc.CtxGrpc;
import io.ctx4j.grpc.CtxServerInterceptor;
import io.ctx4j.testing.Await;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Spring gRPC's server and channels, with the starter and no code. */
class GrpcAutoConfigurationTest {
  private static final MethodDescriptor<String, String> METHOD =
      MethodDescriptor.<String, String>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("ctx4j.test.Boot/Call")
          .setRequestMarshaller(new Text())
          .setResponseMarshaller(new Text())
          .build();

  private final BlockingQueue<Ctx> contexts = new LinkedBlockingQueue<>();
  private final BlockingQueue<StreamObserver<String>> answers = new LinkedBlockingQueue<>();

  private final ApplicationContextRunner application = new ApplicationContextRunner()
      .withConfiguration(AutoConfigurations.of(
          CtxAutoConfiguration.class,
          CtxGrpcServerAutoConfiguration.class,
          CtxGrpcClientAutoConfiguration.class,
          GrpcServerAutoConfiguration.class))
      .withBean(BindableService.class, () -> this::service)
      .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
      .withPropertyValues("spring.grpc.server.inprocess.name=boot");

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("ctx4j.test.Boot")
        .addMethod(METHOD, ServerCalls.asyncUnaryCall((request, answer) -> {
          contexts.add(CtxGrpc.current());
          answers.add(answer);
        }))
        .build();
  }

  /** Makes a call, and hands over what it comes to. */
  private static CompletableFuture<Status> call(ManagedChannel channel) {
    var end = new CompletableFuture<Status>();
    ClientCalls.asyncUnaryCall(
        channel.newCall(METHOD, CallOptions.DEFAULT), "a", new StreamObserver<>() {
          @Override
          public void onNext(String answer) {}

          @Override
          public void onError(Throwable error) {
            end.complete(Status.fromThrowable(error));
          }

          @Override
          public void onCompleted() {
            end.complete(Status.OK);
          }
        });
    return end;
  }

  private static <T> T take(BlockingQueue<T> queue) {
    try {
      return requireNonNull(queue.poll(60, TimeUnit.SECONDS), "nothing came");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static CancelCtx root(ApplicationContext context) {
    return context.getBean(CtxAutoConfiguration.ROOT, CancelCtx.class);
  }

  @Test
  @DisplayName(
      "G1 G2 a call's Ctx is below the application's root; it is closed, and counted, with the call")
  void call_anyHandler_hasCtx() {
    application.run(context -> {
      assertThat(context).hasNotFailed().hasSingleBean(CtxClientInterceptor.class);
      ManagedChannel channel = InProcessChannelBuilder.forName("boot").build();
      CompletableFuture<Status> end = call(channel);
      Ctx ctx = take(contexts);
      assertThat(ctx.isDone()).isFalse();
      assertThat(root(context).tree().lines()).hasSize(3);

      StreamObserver<String> answer = take(answers);
      answer.onNext("b");
      answer.onCompleted();

      assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo(Status.OK);
      assertThat(ctx.isDone()).isTrue();
      assertThat(context
              .getBean(MeterRegistry.class)
              .get("ctx4j.grpc.calls")
              .tag("outcome", "completed")
              .counter()
              .count())
          .isEqualTo(1);
      channel.shutdownNow();
    });
  }

  @Test
  @DisplayName("G4 gRPC on the class path and no server: nothing of it stands below the root")
  void noServer_nothingBelowRoot() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(
            CtxAutoConfiguration.class,
            CtxGrpcServerAutoConfiguration.class,
            CtxGrpcClientAutoConfiguration.class,
            GrpcServerAutoConfiguration.class))
        .run(context -> {
          assertThat(context).hasNotFailed();
          assertThat(root(context).tree().lines()).hasSize(1);
        });
  }

  @Test
  @DisplayName(
      "G1 default and maximum are settings; a default above the maximum is an error at start")
  void timeouts_asSet() {
    application
        .withPropertyValues(
            "ctx4j.grpc.server.default-timeout=20s", "ctx4j.grpc.server.max-timeout=30s")
        .run(context -> {
          ManagedChannel channel = InProcessChannelBuilder.forName("boot").build();
          var unused = call(channel);
          assertThat(requireNonNull(take(contexts).remaining()))
              .isBetween(Duration.ofMillis(1), Duration.ofSeconds(20));
          channel.shutdownNow();
        });
    application
        .withPropertyValues(
            "ctx4j.grpc.server.default-timeout=2m", "ctx4j.grpc.server.max-timeout=30s")
        .run(context ->
            assertThat(context).getFailure().rootCause().hasMessageContaining("default-timeout"));
  }

  @Test
  @DisplayName(
      "G6 shutdown: what is left of gRPC's calls ends with UNAVAILABLE within the grace, by a root of its own")
  void shutdown_liveCall_isUnavailable() throws Exception {
    Await.longEnough(600, this::isEndedByShutdown);
  }

  /** False: the grace was over before the end could be told, and gRPC has cut the call. */
  private boolean isEndedByShutdown(long graceMillis) throws Exception {
    ManagedChannel channel = InProcessChannelBuilder.forName("boot").build();
    var end = new CompletableFuture<Status>();
    var calls = new CompletableFuture<Ctx>();
    application
        .withPropertyValues("spring.grpc.server.shutdown.grace-period=" + graceMillis + "ms")
        .run(context -> {
          CompletableFuture<Status> status = call(channel);
          Ctx ctx = take(contexts);
          calls.complete(ctx);
          var unused = status.thenAccept(end::complete);
        }); // closes the application
    Status status = end.get(60, TimeUnit.SECONDS);
    Ctx ctx = calls.get();
    Await.until(ctx::isDone, () -> "not done");
    channel.shutdownNow();
    if (ctx.cause() instanceof ClientGoneException) {
      return false;
    }
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(ctx.cause()).isInstanceOf(ShutdownException.class);
    return true;
  }

  @Test
  @DisplayName(
      "G6 without a grace the calls are canceled at once; where it is for ever, not at all")
  void shutdown_grace_isAskedFor() {
    for (Duration grace :
        new Duration[] {Duration.ZERO, Duration.ofHours(1), Duration.ofMillis(-1)}) {
      CancelCtx root = Ctx.background().withCancel();
      try (var calls = new CtxGrpcShutdown(root, () -> grace)) {
        calls.begins();

        assertThat(calls.root().isDone()).isEqualTo(grace.isZero());
      }
      assertThat(root.isDone()).isFalse();
      assertThat(root.tree().lines()).hasSize(1);
    }
  }

  @Test
  @DisplayName(
      "G6 an application that is paused, as one between two tests is, serves again after that")
  void pause_nobodyCalls_servesAgain() {
    application
        .withPropertyValues("spring.grpc.server.shutdown.grace-period=200ms")
        .run(context -> {
          CtxGrpcShutdown calls = context.getBean(CtxGrpcShutdown.class);
          var graceIsOver = new CompletableFuture<Void>();
          context.getSourceApplicationContext().pause();
          TimeSource.system().schedule(() -> graceIsOver.complete(null), Duration.ofMillis(300));
          assertThat(graceIsOver).succeedsWithin(60, TimeUnit.SECONDS);
          context.getSourceApplicationContext().restart();
          assertThat(calls.root().isDone()).isFalse();
          ManagedChannel channel = InProcessChannelBuilder.forName("boot").build();
          CompletableFuture<Status> end = call(channel);
          assertThat(take(contexts).isDone()).isFalse();
          answer(take(answers));
          assertThat(end.get(60, TimeUnit.SECONDS).isOk()).isTrue();
          channel.shutdownNow();
        });
  }

  @Test
  @DisplayName(
      "G6 what a pause or a stop has cut its calls with is not what the calls have that come after it")
  void restart_callWasCut_servesAgain() {
    application
        .withPropertyValues("spring.grpc.server.shutdown.grace-period=100ms")
        .run(context -> {
          for (var restart : RESTARTS) {
            ManagedChannel channel = InProcessChannelBuilder.forName("boot").build();
            CompletableFuture<Status> cut = call(channel);
            Ctx ctx = take(contexts);
            take(answers);
            restart.accept(context.getSourceApplicationContext());
            assertThat(cut.get(60, TimeUnit.SECONDS).isOk()).isFalse();
            Await.until(ctx::isDone, () -> "not done");

            CompletableFuture<Status> end = call(channel);
            assertThat(take(contexts).isDone()).isFalse();
            answer(take(answers));
            assertThat(end.get(60, TimeUnit.SECONDS).isOk()).isTrue();
            Await.until(() -> root(context).tree().lines().count() == 2, root(context)::tree);
            channel.shutdownNow();
          }
        });
  }

  private static final List<Consumer<ConfigurableApplicationContext>> RESTARTS = List.of(
      application -> {
        application.pause();
        application.restart();
      },
      application -> {
        application.stop();
        application.start();
      });

  private static void answer(StreamObserver<String> call) {
    call.onNext("b");
    call.onCompleted();
  }

  @Test
  @DisplayName(
      "§5 switched off, or without the classes, there is nothing, and the application starts")
  void disabled_nothingThere() {
    application
        .withPropertyValues("ctx4j.grpc.server.enabled=false", "ctx4j.grpc.client.enabled=false")
        .run(context -> assertThat(context)
            .hasNotFailed()
            .doesNotHaveBean(CtxServerInterceptor.class)
            .doesNotHaveBean(CtxClientInterceptor.class));
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(
            CtxAutoConfiguration.class,
            CtxGrpcServerAutoConfiguration.class,
            CtxGrpcClientAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("org.springframework.grpc", "io.ctx4j.grpc"))
        .run(context -> assertThat(context).hasNotFailed());
    application
        .withClassLoader(new FilteredClassLoader("io.micrometer"))
        .run(context -> assertThat(context).hasSingleBean(CtxServerInterceptor.class));
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
