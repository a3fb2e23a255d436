package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Copies of err: to send on, and to throw. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class CopyTest {
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
  @DisplayName("C2 copies keep isClosed and the text")
  void copy_ofClosed_isClosed() {
    ctx.close();

    var copy = (CanceledException) err(ctx).copy();
    var thrown = catchThrowableOfType(CanceledException.class, ctx::throwIfDone);

    assertThat(copy.isClosed()).isTrue();
    assertThat(copy).hasMessage("context closed");
    assertThat(thrown.isClosed()).isTrue();
    assertThat(((CanceledException) thrown.copy()).isClosed()).isTrue();
  }

  @Test
  @DisplayName("C2 copies of a cancellation are not closed")
  void copy_ofCanceled_isNotClosed() {
    var copy = (CanceledException) canceled(why).copy();

    assertThat(copy.isClosed()).isFalse();
    assertThat(copy).hasMessage("context canceled").hasCause(why);
  }

  @Test
  @DisplayName(
      "C34 a copy is a new instance of the same type, text and cause, without a stack trace")
  void copy_isEqualInAllButIdentity() {
    for (CtxException err : new CtxException[] {exceeded(), canceled(why)}) {
      CtxException copy = err.copy();

      assertThat(copy).isNotSameAs(err).isNotSameAs(err.copy()).hasSameClassAs(err);
      assertThat(copy).hasMessage(err.getMessage()).hasCause(why);
      assertThat(copy.getStackTrace()).isEmpty();
    }
  }

  @Test
  @DisplayName(
      "C34 a copy takes suppressed exceptions, its original and other copies do not see them")
  void copy_addSuppressed_isKept() {
    CtxException err = canceled(why);
    CtxException copy = err.copy();

    copy.addSuppressed(new Exception("assembly"));

    assertThat(copy.getSuppressed()).hasSize(1);
    assertThat(err.getSuppressed()).isEmpty();
    assertThat(err.copy().getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("C34 throwIfDone throws a copy with the stack trace of this call")
  void throwIfDone_done_throwsCopyThatSaysWhere() {
    CtxException err = canceled(why);

    var thrown = catchThrowableOfType(CtxException.class, ctx::throwIfDone);

    assertThat(thrown).isNotSameAs(err).hasSameClassAs(err).hasMessage("context canceled");
    assertThat(thrown).hasCause(why);
    assertThat(thrown.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().contains("throwIfDone_done"));
    thrown.addSuppressed(new Exception("one's own"));
    assertThat(thrown.getSuppressed()).hasSize(1);
  }

  @Test
  @DisplayName("C34 throwIfDone throws a new exception each time")
  void throwIfDone_again_throwsAnother() {
    ctx.withTimeout(Duration.ZERO);
    canceled(why);

    var first = catchThrowableOfType(CtxException.class, ctx::throwIfDone);
    var second = catchThrowableOfType(CtxException.class, ctx::throwIfDone);

    assertThat(first).isNotSameAs(second);
  }

  @Test
  @DisplayName("C34 throwIfDone on a live context does nothing")
  void throwIfDone_live_returns() {
    assertThatCode(ctx::throwIfDone).doesNotThrowAnyException();
    assertThatCode(Ctx.background()::throwIfDone).doesNotThrowAnyException();
  }

  @Test
  @DisplayName("C34 what is sent over the wire keeps type, text and what it says")
  void err_serialized_keepsWhatItSays() throws IOException, ClassNotFoundException {
    var exceeded = (DeadlineExceededException) overTheWire(exceeded());
    ctx.close();
    var closed = (CanceledException) overTheWire(err(ctx));

    assertThat(exceeded.deadline()).isEqualTo(HookedTime.START.plusSeconds(1));
    assertThat(closed.isClosed()).isTrue();
    assertThat(closed).hasMessage("context closed");
  }

  private static Object overTheWire(Object sent) throws IOException, ClassNotFoundException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(sent);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }
}
