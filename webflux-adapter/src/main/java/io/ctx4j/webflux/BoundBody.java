package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A body that its context ends. What comes too late for that is released, and once.
 *
 * <p>Reactor's hooks for what is discarded add up, and each of them releases: ours, and that of the
 * codec that reads the body. A buffer that a connection still holds would be gone under it then,
 * and what the connection releases as it lets go of the buffer is somebody else's, who has it by
 * then. So ours takes the place of the others, for what is discarded here; what is discarded
 * further up goes to theirs, as without a context.
 *
 * <p>A body that is flushed part by part has groups of buffers for elements, each of them a
 * publisher, which no hook looks into: who is to release what it holds has to subscribe to it.
 */
final class BoundBody {
  /** Reactor's key for the hook of one pipeline, which is not public. */
  private static final Object ON_DISCARD = Operators.enableOnDiscard(null, element -> {}).stream()
      .map(Map.Entry::getKey)
      .findAny()
      .orElseThrow();

  private BoundBody() {}

  static <T> Flux<T> of(Flux<T> body, Ctx ctx) {
    return Flux.deferContextual(view -> {
      Consumer<?> others = view.getOrDefault(ON_DISCARD, null);
      return body.contextWrite(context -> withHook(context, others))
          .transform(CtxOps.bind(ctx))
          .contextWrite(
              context -> Operators.enableOnDiscard(context, late -> release(late, context)));
    });
  }

  private static Context withHook(Context context, @Nullable Consumer<?> hook) {
    return hook == null ? context.delete(ON_DISCARD) : context.put(ON_DISCARD, hook);
  }

  private static void release(Object late, Context context) {
    if (late instanceof DataBuffer buffer) {
      DataBufferUtils.release(buffer);
    } else if (late instanceof Publisher<?> group) {
      release(group, context);
    } else {
      Operators.onDiscard(late, context);
    }
  }

  /** What it has at hand, as Spring's writers do; what is yet to come is not waited for. */
  private static void release(Publisher<?> group, Context context) {
    Flux.from(group)
        .subscribe(part -> release(part, context), error -> {}, null, context)
        .dispose();
  }
}
