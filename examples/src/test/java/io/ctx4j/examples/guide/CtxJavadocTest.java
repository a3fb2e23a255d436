package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxGroup;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The examples in the javadoc of {@link Ctx} do what they say. */
class CtxJavadocTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final ManualTime time = new ManualTime();
  private final CancelCtx parent = Ctx.root(time).withValue(USER, "ada").withTimeout(minutes(10));
  private final List<Ctx> loads = new ArrayList<>();

  private static Duration minutes(long minutes) {
    return Duration.ofMinutes(minutes);
  }

  private void load(Ctx ctx) {
    ctx.throwIfDone();
    loads.add(ctx);
  }

  private Ctx loaded() {
    assertThat(loads).hasSize(1);
    return loads.get(0);
  }

  @Test
  void ctx_scopeEnds_allBelowIsDone() {
    String user = "grace";
    // region scope
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(2))) {
      Ctx call = ctx.withValue(USER, user); // a callee gets a Ctx: it cannot cancel its caller
      load(call); // derives, binds, reads call.value(USER)
    } // the end of the scope: all below is done
    // endregion
    assertThat(loaded().value(USER)).isEqualTo("grace");
    assertThat(loaded().isDone()).isTrue();
  }

  @Test
  void group_join_allIsThere() throws InterruptedException, ExecutionException {
    assertThat(page(parent, Runnable::run, "7")).isEqualTo(new Page("user 7", List.of("order 7")));
  }

  record Page(String user, List<String> orders) {}

  interface Repository<T> {
    T load(String id);
  }

  private static Page page(Ctx ctx, Executor executor, String id)
      throws InterruptedException, ExecutionException {
    Repository<String> users = key -> "user " + key;
    Repository<List<String>> orders = key -> List.of("order " + key);
    // region group
    try (CtxGroup group = CtxGroup.of(ctx, executor)) {
      Future<String> user = group.go(() -> users.load(id));
      Future<List<String>> ordered = group.go(() -> orders.load(id));
      group.join(); // the first failure, ctx's end, or all is there
      return new Page(user.get(), ordered.get());
    } // nothing of it runs any more
    // endregion
  }

  @Test
  void root_timeAdvances_deadlinePasses() {
    // region root
    var time = new ManualTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(2));
    time.advance(Duration.ofSeconds(2)); // ctx is done
    // endregion
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  void merge_shutdown_endsTheRequest() {
    Ctx request = parent;
    CancelCtx shutdown = Ctx.root(time).withCancel();
    // region merge
    CancelCtx ctx = Ctx.merge(request, shutdown); // the request's values and deadline, two ends
    // endregion
    assertThat(ctx.value(USER)).isEqualTo("ada");
    assertThat(ctx.deadline()).isEqualTo(request.deadline());
    shutdown.cancel();
    assertThat(ctx.isDone()).isTrue();
    assertThat(request.isDone()).isFalse();
  }

  @Test
  void withCancel_firstAnswer_endsTheOthers() {
    // region withCancel
    CancelCtx ctx = parent.withCancel();
    CompletableFuture<String> near = fetch(ctx, "near");
    CompletableFuture<String> far = fetch(ctx, "far");
    CompletableFuture<Object> first =
        CompletableFuture.anyOf(near, far).whenComplete((answer, error) -> ctx.cancel());
    // endregion
    near.complete("an answer");
    assertThat(first).isCompletedWithValue("an answer");
    assertThat(far).isCompletedExceptionally();
    assertThat(parent.isDone()).isFalse();
  }

  /** A call that ends with its context. */
  private static CompletableFuture<String> fetch(Ctx ctx, String mirror) {
    var answer = new CompletableFuture<String>();
    ctx.onDone(() -> answer.completeExceptionally(
        new IllegalStateException(mirror, Objects.requireNonNull(ctx.err()))));
    return answer;
  }

  @Test
  void withDeadlineAndCause_passes_isForThat() {
    Instant windowEnds = Objects.requireNonNull(parent.deadline()).minus(minutes(5));
    // region withDeadlineCause
    CancelCtx ctx =
        parent.withDeadline(windowEnds, () -> new TimeoutException("the window is over"));
    // endregion
    time.advance(minutes(6));
    assertThat(ctx.cause()).isInstanceOf(TimeoutException.class).hasMessage("the window is over");
  }

  @Test
  void withTimeoutAndCause_passes_isForThat() {
    // region withTimeoutCause
    CancelCtx ctx =
        parent.withTimeout(Duration.ofSeconds(2), () -> new TimeoutException("pricing was slow"));
    // where that is what ends ctx, its cause() says so
    // endregion
    time.advance(Duration.ofSeconds(2));
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(ctx.cause()).isInstanceOf(TimeoutException.class).hasMessage("pricing was slow");
  }

  @Test
  void withMargin_callIsLate_leavesTimeToAnswer() {
    assertThat(answer()).isEqualTo("an answer that is still in time");
    assertThat(parent.isDone()).isFalse();
  }

  private String answer() {
    // region withMargin
    try (CancelCtx call = parent.withMargin(Duration.ofMillis(50))) {
      return slow(call);
    } catch (DeadlineExceededException e) {
      return "an answer that is still in time"; // parent has 50 ms left
    }
    // endregion
  }

  private String slow(Ctx ctx) {
    time.advance(Objects.requireNonNull(ctx.remaining()));
    ctx.throwIfDone();
    return "never";
  }

  @Test
  void withValue_callee_readsIt() {
    // region withValue
    Ctx call = parent.withValue(USER, "grace");
    String user = call.valueOr(USER, "nobody"); // grace; for who has parent it is who it was
    // endregion
    assertThat(user).isEqualTo("grace");
    assertThat(parent.value(USER)).isEqualTo("ada");
  }

  @Test
  void withName_deadlinePasses_errSaysWhose() {
    // region withName
    CancelCtx ctx = parent.withName("prices").withTimeout(Duration.ofSeconds(2));
    // after 2 s ctx.err() says: context deadline exceeded (prices)
    // endregion
    time.advance(Duration.ofSeconds(2));
    assertThat(ctx.err()).hasMessage("context deadline exceeded (prices)");
  }

  @Test
  void withoutCancel_parentEnds_goesOnWithItsValues() {
    CancelCtx request = parent;
    // region withoutCancel
    try (CancelCtx audit = request.withoutCancel().withTimeout(Duration.ofSeconds(5))) {
      request.cancel();
      load(audit); // goes on, for its own 5 s, and knows the user
    }
    // endregion
    assertThat(loaded().value(USER)).isEqualTo("ada");
    assertThatExceptionOfType(CanceledException.class).isThrownBy(() -> load(request));
  }
}
