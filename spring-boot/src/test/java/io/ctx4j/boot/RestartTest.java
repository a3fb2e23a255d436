package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import io.ctx4j.webflux.CtxWeb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Mono;

/** Applications that are stopped and start again. */
class RestartTest {
  private volatile CompletableFuture<Ctx> started = new CompletableFuture<>();

  private Service service() {
    return Service.start("spring.lifecycle.timeout-per-shutdown-phase=100ms")
        .on("never", request -> {
          started.complete(CtxWeb.ctx(request));
          return Mono.never();
        })
        .onTicks();
  }

  @Test
  @DisplayName(
      "W7 stopped, as for a checkpoint, and started, it serves as before; closed, nothing of ours holds it")
  void stopAndStart_servesAsBefore() {
    WeakReference<ConfigurableApplicationContext> closed = Memory.weak(this::stoppedAndStarted);

    assertThat(Memory.isCollected(closed)).isTrue();
  }

  private ConfigurableApplicationContext stoppedAndStarted() {
    CancelCtx root;
    ConfigurableApplicationContext application;
    try (Service service = service()) {
      application = service.context();
      root = service.root();
      for (int i = 0; i < 2; i++) {
        servesUntilStopped(service);
        application.start();
        assertThat(root.isDone()).isFalse();
        assertThat(root.tree().lines()).hasSize(1);
      }
      assertThat(Wire.get(service.port(), "/ok").status()).isEqualTo(200);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(root.cause()).isInstanceOf(ShutdownException.class);
    return application;
  }

  private void servesUntilStopped(Service service) throws IOException {
    started = new CompletableFuture<>();
    try (Wire never = Wire.open(service.port()).send("GET", "/on/never");
        Wire ticks = Wire.open(service.port()).send("GET", "/on/ticks")) {
      assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
      for (int i = 0; i < 20; i++) {
        assertThat(ticks.line()).isNotNull();
      }
      assertThat(service.live().size()).isEqualTo(2);

      service.context().stop();

      Answer cut = never.read();
      assertThat(cut.status()).isEqualTo(503);
      assertThat(cut.body()).contains("The service is shutting down.");
      assertThat(started.join().cause()).isInstanceOf(ShutdownException.class);
      Await.until(
          () -> service.live().size() == 0, () -> "live: " + service.live().all());
    }
  }

  @Test
  @DisplayName("W7 stopped, and closed after that, it has a root that is done")
  void stopAndClose_rootDone() {
    ConfigurableApplicationContext application = new SpringApplicationBuilder(Command.class)
        .web(WebApplicationType.NONE)
        .registerShutdownHook(false)
        .run("--spring.main.banner-mode=off", "--logging.level.root=WARN");
    CancelCtx root = application.getBean(CtxAutoConfiguration.ROOT, CancelCtx.class);

    application.stop();
    assertThat(root.isDone()).isFalse();

    application.close();
    assertThat(root.cause()).isInstanceOf(ShutdownException.class);
  }

  /** An application that serves nobody. */
  @SpringBootConfiguration(proxyBeanMethods = false)
  @ImportAutoConfiguration(CtxAutoConfiguration.class)
  static class Command {}
}
