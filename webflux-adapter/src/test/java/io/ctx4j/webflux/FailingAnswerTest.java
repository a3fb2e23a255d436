package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.Logs;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;

/**
 * What the answer meets may throw, or never answer: the exchange still ends, and the server hears
 * of it.
 */
class FailingAnswerTest {
  private final CancelCtx root = Ctx.background().withCancel();
  private final AtomicInteger live = new AtomicInteger();
  private final CtxWebSettings settings =
      CtxWebSettings.builder().defaultTimeout(Duration.ofMinutes(5)).build();

  /** An exchange whose handler never answers, and whose context ends then. */
  private CompletableFuture<Void> handled(MockServerHttpResponse response, WebFilter... before) {
    var started = new CompletableFuture<Void>();
    CompletableFuture<Void> ended = WebHttpHandlerBuilder.webHandler(exchange -> {
          Ctx ctx = CtxWeb.ctx(exchange);
          live.incrementAndGet();
          ctx.onDone(live::decrementAndGet);
          exchange.getResponse().getHeaders().set("X-Handler", "1");
          started.complete(null);
          return Mono.never();
        })
        .filters(filters -> {
          filters.addAll(List.of(before));
          filters.add(new CtxWebFilter(root, settings));
        })
        .build()
        .handle(MockServerHttpRequest.get("/x").build(), response)
        .toFuture();
    started.join();
    root.cancel();
    return ended;
  }

  @Test
  @DisplayName("W4 an observation that throws as it is told of the cut costs nobody the answer")
  void observation_throws_answered() {
    ObservationRegistry registry = ObservationRegistry.create();
    registry.observationConfig().observationHandler(new ObservationHandler<>() {
      @Override
      public void onError(Observation.Context context) {
        throw new IllegalStateException("an exporter's");
      }

      @Override
      public boolean supportsContext(Observation.Context context) {
        return true;
      }
    });
    Observation observation = Observation.start("request", registry);
    WebFilter observed = (exchange, chain) -> chain
        .filter(exchange)
        .contextWrite(context -> context.put("micrometer.observation", observation));
    var response = new MockServerHttpResponse();
    try (Logs logs = Logs.capture()) {
      logs.reset();
      handled(response, observed).join();
      assertThat(logs.ours()).anyMatch(line -> line.contains("An observation could not be told"));
    }
    assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(response.getHeaders().containsHeader("X-Handler")).isFalse();
    assertThat(live).hasValue(0);
  }

  @Test
  @DisplayName("W4 a response that throws as it is cleared for the answer: the server hears of it")
  void response_throws_serverTold() {
    var response = new MockServerHttpResponse() {
      @Override
      public boolean setStatusCode(@Nullable HttpStatusCode status) {
        if (status == null) {
          throw new IllegalStateException("a decorator's");
        }
        return super.setStatusCode(status);
      }
    };
    handled(response).join();
    assertThat(response.getStatusCode()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
    assertThat(live).hasValue(0);
  }

  @Test
  @DisplayName("W4 headers that a session sets as they are cleared for the answer: it is whole")
  void headers_changedMeanwhile_answered() {
    var busy = new AtomicInteger(3);
    var headers = new HttpHeaders(new LinkedMultiValueMap<>() {
      private static final long serialVersionUID = 1;

      private void changes() {
        if (root.err() != null && busy.getAndDecrement() > 0) {
          throw new ConcurrentModificationException();
        }
      }

      @Override
      public Set<Map.Entry<String, List<String>>> entrySet() {
        changes();
        return super.entrySet();
      }

      @Override
      public Set<String> keySet() {
        changes();
        return super.keySet();
      }
    });
    var response = new MockServerHttpResponse() {
      @Override
      public HttpHeaders getHeaders() {
        return headers;
      }
    };
    handled(response).join();
    assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(headers.containsHeader("X-Handler")).isFalse();
    assertThat(busy).hasValueLessThanOrEqualTo(0);
    assertThat(live).hasValue(0);
  }

  @Test
  @Tag("slow")
  @DisplayName("W4 an answer that a response never writes is given up after the grace period")
  void answer_neverWritten_serverTold() {
    var response = new MockServerHttpResponse();
    response.setWriteHandler(body -> Mono.never());
    assertThatThrownBy(() -> handled(response).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(CtxException.class);
    assertThat(live).hasValue(0);
  }
}
