package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an err says, carries and takes. */
class ErrTest {
  private final Exception why = new IllegalStateException("why");
  private final HookedTime time = new HookedTime();
  private final CancelCtx ctx = Ctx.root(time).withCancel();

  private CtxException canceled(@Nullable Throwable cause) {
    ctx.cancel(cause);
    return err(ctx);
  }

  private CtxException exceeded() {
    CancelCtx timed = ctx.withTimeout(Duration.ofSeconds(1), () -> why);
    time.advance(Duration.ofSeconds(1));
    return err(timed);
  }

  private static CtxException err(Ctx ctx) {
    return requireNonNull(ctx.err());
  }

  @Test
  @DisplayName("C2 cancel gives CanceledException, and without a cause err is the cause")
  void cancel_plain_errIsItsOwnCause() {
    ctx.cancel();

    assertThat(ctx.err()).isInstanceOf(CanceledException.class).hasMessage("context canceled");
    assertThat(ctx.cause()).isSameAs(ctx.err());
    assertThat(((CanceledException) err(ctx)).isClosed()).isFalse();
  }

  @Test
  @DisplayName("C2 cancel(x) has x as its cause")
  void cancel_withCause_causeIsTheInstance() {
    assertThat(canceled(why)).isInstanceOf(CanceledException.class).hasMessage("context canceled");
    assertThat(ctx.cause()).isSameAs(why);
  }

  @Test
  @DisplayName("C2 cancel(null) is cancel()")
  void cancel_withNull_errIsItsOwnCause() {
    assertThat(ctx.cancel(null)).isTrue();

    assertThat(ctx.err()).isInstanceOf(CanceledException.class).hasMessage("context canceled");
    assertThat(ctx.cause()).isSameAs(ctx.err());
  }

  @Test
  @DisplayName("C2 a DeadlineExceededException as cause still gives CanceledException")
  void cancel_withDeadlineExceededAsCause_isCanceled() {
    CtxException other = err(Ctx.background().withTimeout(Duration.ZERO));

    assertThat(canceled(other)).isInstanceOf(CanceledException.class);
    assertThat(ctx.cause()).isSameAs(other);
  }

  @Test
  @DisplayName("C2 a closed context's err as cause does not make this one closed")
  void cancel_withClosedErrAsCause_isNotClosed() {
    CancelCtx scope = Ctx.background().withCancel();
    scope.close();

    var err = (CanceledException) canceled(err(scope));

    assertThat(err.isClosed()).isFalse();
    assertThat(err).hasMessageStartingWith("context canceled");
  }

  @Test
  @DisplayName("C2 a cause whose methods throw does no harm")
  void cancel_withHostileCause_isCanceled() {
    var hostile = new RuntimeException() {
      private static final long serialVersionUID = 1;

      @Override
      public String toString() {
        throw new AssertionError("toString");
      }

      @Override
      public String getMessage() {
        throw new AssertionError("getMessage");
      }

      @Override
      public int hashCode() {
        throw new AssertionError("hashCode");
      }

      @Override
      public boolean equals(Object other) {
        throw new AssertionError("equals");
      }
    };

    canceled(hostile);

    assertThat(ctx.cause() == hostile).isTrue();
    assertThat(err(ctx).getCause() == hostile).isTrue();
    assertThat(ctx.toString()).isNotEmpty();
  }

  @Test
  @DisplayName("C2 close says that it is the end of a scope")
  void close_saysContextClosed() {
    ctx.close();

    assertThat(ctx.err()).isInstanceOf(CanceledException.class).hasMessage("context closed");
    assertThat(((CanceledException) err(ctx)).isClosed()).isTrue();
    assertThat(ctx.cause()).isSameAs(ctx.err());
  }

  @Test
  @DisplayName("C2 a deadline says that it was exceeded, and when it was")
  void deadline_saysDeadlineExceeded() {
    var err = (DeadlineExceededException) exceeded();

    assertThat(err).hasMessage("context deadline exceeded");
    assertThat(err.deadline()).isEqualTo(HookedTime.START.plusSeconds(1));
    assertThat(((DeadlineExceededException) err.copy()).deadline()).isEqualTo(err.deadline());
  }

  @Test
  @DisplayName("C2 the deadline of err is the instant that was given")
  void deadline_givenAsInstant_isInErr() {
    Instant given = Instant.parse("1999-12-31T23:59:59.999999999Z");

    var err = (DeadlineExceededException) err(ctx.withDeadline(given));

    assertThat(err.deadline()).isEqualTo(given);
  }

  @Test
  @DisplayName("C33 err carries no stack trace")
  void err_stackTrace_isEmpty() {
    assertThat(exceeded().getStackTrace()).isEmpty();
    assertThat(canceled(why).getStackTrace()).isEmpty();
  }

  @Test
  @DisplayName("C33 err takes no suppressed exceptions, stack trace or cause: it is shared")
  void err_isChanged_staysAsItIs() {
    CtxException err = canceled(null);

    err.addSuppressed(why);
    err.setStackTrace(new Throwable().getStackTrace());
    Throwable filled = err.fillInStackTrace();

    assertThat(err.getSuppressed()).isEmpty();
    assertThat(err.getStackTrace()).isEmpty();
    assertThat(filled).isSameAs(err);
    assertThatThrownBy(() -> err.initCause(why)).isInstanceOf(IllegalStateException.class);
    assertThat(err).hasNoCause();
    assertThat(ctx.cause()).isSameAs(err);
  }

  @Test
  @DisplayName("C33 the property is read once: set later it changes nothing")
  void err_debugSetLater_hasNoStackTrace() {
    canceled(why); // by now the class has read it
    String before = System.setProperty("ctx4j.debug", "true");
    try {
      CancelCtx later = Ctx.background().withCancel();
      later.cancel();
      assertThat(err(later).getStackTrace()).isEmpty();
    } finally {
      if (before == null) {
        System.clearProperty("ctx4j.debug");
      } else {
        System.setProperty("ctx4j.debug", before);
      }
    }
  }

  @Test
  @DisplayName("C34 getCause is the cause given, or null")
  void err_getCause_isTheCauseGiven() {
    assertThat(exceeded().getCause()).isSameAs(why);
    assertThat(canceled(why).getCause()).isSameAs(why);
    assertThat(err(Ctx.background().withTimeout(Duration.ZERO)).getCause()).isNull();
  }
}
