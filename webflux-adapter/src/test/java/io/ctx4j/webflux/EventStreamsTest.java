package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.core.ResolvableType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.method.HandlerMethod;
import reactor.core.publisher.Mono;

class EventStreamsTest {
  /** An application's; its copy has a class loader of its own. */
  public static final class Handlers {
    /** Says in its type what it returns. */
    public Mono<ResponseEntity<String>> entity() {
      return Mono.empty();
    }
  }

  private static final class Application extends ClassLoader {
    Application() {
      super(EventStreamsTest.class.getClassLoader());
    }

    Class<?> handlers() {
      String name = Handlers.class.getName();
      try (InputStream bytes =
          requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
        byte[] all = bytes.readAllBytes();
        return defineClass(name, all, 0, all.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  @Tag("memory")
  @DisplayName(
      "W7 what handler methods declare is remembered, and holds no application that is gone")
  void returns_ofAnotherClassLoader_isCollected() {
    WeakReference<ClassLoader> application = Memory.weak(EventStreamsTest::asked);
    ResolvableType.clearCache(); // as Spring does with its own when an application is closed

    assertThat(Memory.isCollected(application)).isTrue();
  }

  private static ClassLoader asked() {
    var application = new Application();
    try {
      Class<?> handlers = application.handlers();
      var method = new HandlerMethod(
          handlers.getDeclaredConstructor().newInstance(), handlers.getMethod("entity"));
      for (EventStreams.Returns seen :
          List.of(EventStreams.returns(method), EventStreams.returns(method))) {
        assertThat(seen).isEqualTo(EventStreams.Returns.ENTITY);
      }
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    return application;
  }
}
