package io.ctx4j.examples.guide

import io.ctx4j.CancelCtx
import io.ctx4j.CanceledException
import io.ctx4j.Ctx
import io.ctx4j.CtxException
import io.ctx4j.CtxKey
import io.ctx4j.DeadlineExceededException
import io.ctx4j.ManualTime
import io.ctx4j.reactor.CtxOps
import java.io.IOException
import java.lang.ref.WeakReference
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.asFlux
import kotlinx.coroutines.reactor.awaitSingle
import kotlinx.coroutines.reactor.mono
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.catchThrowable
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.DisplayName
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono

/** What the page for Kotlin promises. */
class KotlinGuideTest {
  private val ctx: CancelCtx = Ctx.background().withCancel()
  private val user: CtxKey<String> = CtxKey.named("user")

  @AfterEach
  fun end() = ctx.close()

  /** What [block] throws in a coroutine. */
  private fun thrown(block: suspend () -> Any?): Throwable? = catchThrowable {
    runBlocking(Dispatchers.Default) { block() }
  }

  @Test
  @DisplayName("Mono and Flux: bind ends them with ctx's error")
  fun bind_ctxDone_endsPublishers() {
    ctx.cancel()

    assertThat(thrown { Mono.never<String>().bind(ctx).awaitSingle() })
        .isInstanceOf(CanceledException::class.java)
    assertThat(catchThrowable { Flux.never<String>().bind(ctx).blockLast() })
        .isInstanceOf(CanceledException::class.java)
    assertThat(Mono.just("a").bind(Ctx.background()).block()).isEqualTo("a")
    assertThat(Flux.just("a", "b").bind(Ctx.background()).count().block()).isEqualTo(2)
  }

  @Test
  @DisplayName("a live flow is as it was, null elements and its own error included")
  fun flowBind_live_isTheFlow() {
    val failing = flow {
      emit("a")
      emit(null)
      throw IOException("of the flow")
    }
    repeat(2_000) { // a failing producer cancels its consumer, which may hold the last element
      val seen = ArrayList<String?>()
      assertThat(thrown { failing.bind(ctx).collect { seen.add(it) } })
          .isInstanceOf(IOException::class.java)
          .hasMessage("of the flow")
      assertThat(seen).containsExactly("a", null)
    }
    assertThat(runBlocking { flowOf(1, 2, 3).bind(ctx).toList() }).containsExactly(1, 2, 3)
  }

  @Test
  @DisplayName("a flow whose upstream waits ends at the deadline, after its clean-up")
  fun flowBind_upstreamWaits_endsBoth() {
    val time = ManualTime()
    val late = Ctx.root(time).withTimeout(Duration.ofSeconds(1))
    val events = CopyOnWriteArrayList<String>()
    val collected = CompletableDeferred<Unit>()
    val source = flow {
      try {
        emit("a")
        collected.await()
        time.advance(Duration.ofSeconds(1))
        awaitCancellation()
      } finally {
        events.add("cleaned up")
      }
    }

    assertThat(
            thrown {
              source.bind(late).collect {
                events.add(it)
                collected.complete(Unit)
              }
            })
        .isInstanceOf(DeadlineExceededException::class.java)
    assertThat(events).containsExactly("a", "cleaned up")
  }

  @Test
  @DisplayName("a flow whose collector waits ends, too, and upstream is no element ahead")
  fun flowBind_collectorWaits_endsBoth() {
    val made = CopyOnWriteArrayList<Int>()
    val source = flow {
      for (i in 1..100) {
        made.add(i)
        emit(i)
      }
    }

    assertThat(
            thrown {
              source.bind(ctx).collect {
                if (it == 2) {
                  ctx.cancel()
                  awaitCancellation()
                }
              }
            })
        .isInstanceOf(CanceledException::class.java)
    assertThat(made).startsWith(1, 2).hasSizeLessThanOrEqualTo(3)
  }

  @Test
  @DisplayName("withCtx, live: the block's result, and its own error")
  fun withCtx_live_isTheBlock() {
    assertThat(runBlocking { withCtx(ctx) { "done" } }).isEqualTo("done")
    assertThat(thrown { withCtx(ctx) { throw IOException("of the block") } })
        .isInstanceOf(IOException::class.java)
        .hasMessage("of the block")
  }

  @Test
  @DisplayName("withCtx, done before: the block does not run")
  fun withCtx_doneBefore_doesNotRun() {
    ctx.cancel()
    var ran = false

    assertThat(thrown { withCtx(ctx) { ran = true } }).isInstanceOf(CanceledException::class.java)
    assertThat(ran).isFalse()
  }

  @Test
  @DisplayName("withCtx throws ctx's error, once the block and its children have ended")
  fun withCtx_done_throwsCtxError() {
    val time = ManualTime()
    val late = Ctx.root(time).withTimeout(Duration.ofSeconds(1))
    val child = CompletableDeferred<Throwable>()

    assertThat(
            thrown {
              withCtx(late) {
                val started = CompletableDeferred<Unit>()
                launch {
                  try {
                    started.complete(Unit)
                    awaitCancellation()
                  } catch (e: CancellationException) {
                    child.complete(e)
                    throw e
                  }
                }
                started.await()
                time.advance(Duration.ofSeconds(1))
                awaitCancellation()
              }
            })
        .isInstanceOf(DeadlineExceededException::class.java)
    assertThat(child.isCompleted).isTrue()
    assertThat(runBlocking { child.await() }).hasRootCauseInstanceOf(CtxException::class.java)
  }

  @Test
  @DisplayName("withCtx from within: try and catch see ctx's error, so the coroutine goes on")
  fun withCtx_done_canBeCaught() {
    val answer = runBlocking {
      try {
        withCtx<String>(ctx) {
          ctx.cancel()
          awaitCancellation()
        }
      } catch (e: CanceledException) {
        "instead"
      }
    }

    assertThat(answer).isEqualTo("instead")
  }

  @Test
  @DisplayName("the caller's own cancellation stays a CancellationException, of ctx done as well")
  fun withCtx_callerCanceled_isItsOwn() {
    val seen = CompletableDeferred<Throwable>()
    runBlocking(Dispatchers.Default) {
      val started = CompletableDeferred<Unit>()
      val caller = launch {
        try {
          withCtx(ctx) {
            try {
              started.complete(Unit)
              awaitCancellation()
            } finally {
              ctx.cancel()
            }
          }
        } catch (e: Throwable) {
          seen.complete(e)
          throw e
        }
      }
      started.await()
      caller.cancelAndJoin()
      assertThat(seen.await()).isInstanceOf(CancellationException::class.java)
    }
  }

  @Test
  @DisplayName("another's cancellation, awaited in the block, is no end of ctx")
  fun withCtx_awaitsCanceled_staysCancellation() {
    assertThat(
            thrown {
              withCtx(ctx) { CompletableDeferred<Unit>().apply { cancel() }.await() }
            })
        .isInstanceOf(CancellationException::class.java)
  }

  @Test
  @DisplayName("withCtx leaves nothing on ctx, which lives on")
  fun withCtx_ended_leavesNothing() {
    val held = runBlocking {
      val block = Any()
      withCtx(ctx) { block.hashCode() }
      WeakReference(block)
    }

    var turns = 0
    while (held.get() != null && turns++ < 100) {
      System.gc()
    }
    assertThat(held.get()).isNull()
  }

  @Test
  @DisplayName("coroutineContext.ctx: the pipeline's, withCtx's, the flow's; background elsewhere")
  fun ctx_isTheOneAround() {
    val ada = ctx.withValue(user, "ada")
    fun name(): Mono<String> = CtxOps.current().map { it.valueOr(user, "nobody") }
    val asFlow: Flow<String> = flow { emit(currentCoroutineContext().ctx.valueOr(user, "nobody")) }

    assertThat(mono { currentCoroutineContext().ctx.value(user) }.bind(ada).block())
        .isEqualTo("ada")
    assertThat(asFlow.asFlux().bind(ada).blockLast()).isEqualTo("ada")
    runBlocking {
      assertThat(currentCoroutineContext().ctx).isSameAs(Ctx.background())
      assertThat(asFlow.bind(ada).toList()).containsExactly("ada")
      withCtx(ada) {
        assertThat(coroutineContext.ctx).isSameAs(ada)
        assertThat(async { coroutineContext.ctx.value(user) }.await()).isEqualTo("ada")
        assertThat(name().awaitSingle()).isEqualTo("ada") // what is awaited sees it, too
        assertThat(withCtx(ctx) { name().awaitSingle() }).isEqualTo("nobody")
      }
    }
  }

  @Test
  @DisplayName("a pipeline's end reaches the coroutine in it")
  fun mono_pipelineEnds_coroutineIsCanceled() {
    val canceled = CountDownLatch(1)
    val coroutine = mono<String> {
      try {
        ctx.cancel()
        awaitCancellation()
      } finally {
        canceled.countDown()
      }
    }

    assertThat(catchThrowable { coroutine.bind(ctx).block() })
        .isInstanceOf(CanceledException::class.java)
    assertThat(canceled.await(30, TimeUnit.SECONDS)).isTrue()
  }
}
