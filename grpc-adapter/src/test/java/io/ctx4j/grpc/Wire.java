package io.ctx4j.grpc;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Function;

/** How a client comes to a server. */
enum Wire {
  IN_PROCESS {
    @Override
    ServerBuilder<?> builder() {
      return InProcessServerBuilder.forName(InProcessServerBuilder.generateName());
    }

    @Override
    ManagedChannel channel(Server server) {
      return InProcessChannelBuilder.forAddress(server.getListenSockets().get(0))
          .build();
    }
  },
  NETTY {
    @Override
    ServerBuilder<?> builder() {
      return NettyServerBuilder.forAddress(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Override
    ManagedChannel channel(Server server) {
      return NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
          .usePlaintext()
          .build();
    }
  };

  abstract ServerBuilder<?> builder();

  abstract ManagedChannel channel(Server server);

  Server start(Function<ServerBuilder<?>, ServerBuilder<?>> services) {
    try {
      return services.apply(builder()).build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
