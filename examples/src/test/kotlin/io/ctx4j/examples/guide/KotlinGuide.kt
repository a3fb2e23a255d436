package io.ctx4j.examples.guide

import io.ctx4j.DeadlineExceededException
import java.time.Duration
import kotlinx.coroutines.reactor.awaitSingle

// region imports
import io.ctx4j.Ctx
import io.ctx4j.reactor.CtxOps
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.withContext
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.util.context.Context

// endregion

// region streams
fun <T : Any> Mono<T>.bind(ctx: Ctx): Mono<T> = transform(CtxOps.bind<T>(ctx))

fun <T : Any> Flux<T>.bind(ctx: Ctx): Flux<T> = transform(CtxOps.bind<T>(ctx))

// endregion

// region current
/** The Ctx of the pipeline or of the [withCtx] that this coroutine runs in; background elsewhere. */
val CoroutineContext.ctx: Ctx
  get() = this[ReactorContext]?.let { CtxOps.get(it.context) } ?: Ctx.background()

// endregion

// region withCtx
/** Cancels [block] once [ctx] is done, waits for it, and throws ctx's error. */
suspend fun <R> withCtx(ctx: Ctx, block: suspend CoroutineScope.() -> R): R {
  ctx.throwIfDone()
  val outer = currentCoroutineContext()
  val context = outer[ReactorContext]?.context ?: Context.empty()
  try {
    return withContext(ReactorContext(CtxOps.put(ctx).apply(context))) {
      val registration = ctx.onDone { cancel(CancellationException(ctx.err())) }
      try {
        block()
      } finally {
        registration.unregister()
      }
    }
  } catch (e: CancellationException) {
    outer.ensureActive() // the caller's own cancellation stays what it is
    ctx.throwIfDone()
    throw e
  }
}

// endregion

private fun load(order: Long): Mono<String> = Mono.just("order $order")

// region withCtxUse
suspend fun order(ctx: Ctx, id: Long): String =
    try {
      ctx.withTimeout(Duration.ofSeconds(2)).use { own -> withCtx(own) { load(id).awaitSingle() } }
    } catch (e: DeadlineExceededException) {
      "later"
    }

// endregion

// region flow
/** Ends upstream and collector once [ctx] is done; the collector gets ctx's error. */
fun <T> Flow<T>.bind(ctx: Ctx): Flow<T> =
    channelFlow {
          try {
            withCtx(ctx) { collect { send(Result.success(it)) } }
          } catch (e: Throwable) {
            if (ctx.isDone || e is CancellationException) throw e // ends a collector that waits, too
            send(Result.failure(e)) // upstream's own error, after its elements
          }
        }
        .buffer(Channel.RENDEZVOUS) // upstream is no element ahead
        .map { it.getOrThrow() }

// endregion
