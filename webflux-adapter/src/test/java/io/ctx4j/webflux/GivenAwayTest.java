package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelOption;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import reactor.netty.http.client.HttpClient;

/**
 * A buffer that has been given away is somebody else's to release; he may even be its next owner.
 */
@Tag("race")
class GivenAwayTest {

  @Configuration(proxyBeanMethods = false)
  static class Watching {
    @Bean
    Watched watched() {
      return new Watched();
    }

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> watchedServer(Watched watched) {
      return factory -> factory.addServerCustomizers(
          server -> server.childOption(ChannelOption.ALLOCATOR, watched));
    }

    @Bean
    WebClientCustomizer watchedClient(Watched watched) {
      return builder -> builder.clientConnector(new ReactorClientHttpConnector(
          HttpClient.create().option(ChannelOption.ALLOCATOR, watched)));
    }
  }

  @Test
  @Timeout(1800)
  @DisplayName(
      "W5 W6 deadlines, and clients that leave: what has been given away is not released on our account")
  void soak_buffersWatched_nothingReleasedAgain() throws Exception {
    try (Service service = SoakTest.start(List.of(Watching.class))) {
      SoakTest.handlers(service);
      SoakTest.soak(service, random -> SoakTest.request(service.port, random, true));
      // Spring and reactor-netty do so themselves, where a write fails or is canceled
      var late = service.bean(Watched.class).late();
      System.out.println("released once more: " + late.values());
      assertThat(late.keySet())
          .noneMatch(text -> text.contains("WriteRelay.cancel:"))
          .noneMatch(text -> text.contains("BindSubscriber.late:"));
    }
  }
}
