package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A handler that sends after its own close, or closes again, is told so as without the interceptor.
 */
class RefusalTest {
  private final CancelCtx root = Ctx.background().withCancel();
  private final List<CallOutcome> outcomes = new CopyOnWriteArrayList<>();

  private static void closeAndGoOn(ServerCall<String, String> call, List<String> refusals) {
    call.sendHeaders(new Metadata());
    call.sendMessage("b");
    call.close(Status.OK, new Metadata());
    refuse(() -> call.sendMessage("c"), refusals);
    refuse(() -> call.close(Status.INTERNAL, new Metadata()), refusals);
    refuse(() -> call.setCompression("gzip"), refusals);
  }

  private static void refuse(Runnable late, List<String> refusals) {
    refusals.add(String.valueOf(catchThrowable(late::run)));
  }

  private List<String> refusals(Wire wire, ServerInterceptor... interceptors) {
    List<String> refusals = new CopyOnWriteArrayList<>();
    ServerCallHandler<String, String> handler = (call, headers) -> {
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onHalfClose() {
          closeAndGoOn(call, refusals);
        }
      };
    };
    var service = ServerServiceDefinition.builder(Kind.SERVICE)
        .addMethod(Kind.UNARY.method, handler)
        .build();
    Server server = wire.start(builder -> {
      for (ServerInterceptor each : interceptors) {
        builder.intercept(each);
      }
      return builder.addService(service);
    });
    ManagedChannel channel = wire.channel(server);
    try {
      assertThat(new EchoStub(channel).unary("a")).isEqualTo("b");
      Await.until(() -> refusals.size() == 3, refusals::toString);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
    return new ArrayList<>(refusals);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("G1 live: what a handler does after its own close is refused as gRPC refuses it")
  void handler_goesOnAfterItsClose_isRefusedAsByGrpc(Wire wire) {
    List<String> without = refusals(wire);

    List<String> with = refusals(wire, new CtxServerInterceptor(root, null, null, outcomes::add));

    assertThat(without).anyMatch(refusal -> refusal.contains("closed"));
    assertThat(with).isEqualTo(without);
    assertThat(outcomes).containsExactly(CallOutcome.COMPLETED);
  }
}
