package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Runs in a JVM of its own with ctx4j.debug=true: prints what the stack traces of errs hold. */
final class DebugMain {
  private DebugMain() {}

  public static void main(String[] args) {
    CancelCtx canceled = Ctx.background().withCancel();
    Ctx child = canceled.withCancel();
    whoCancels(canceled);
    print("canceled", canceled.err());
    print("child", child.err());

    CancelCtx closed = Ctx.background().withCancel();
    whoCloses(closed);
    print("closed", closed.err());

    print("passed", whoDerives().err());
    print("copy", requireNonNull(canceled.err()).copy());

    CtxException err = requireNonNull(canceled.err());
    err.addSuppressed(new Exception());
    System.out.println("suppressed " + err.getSuppressed().length);
  }

  private static void whoCancels(CancelCtx ctx) {
    ctx.cancel(new IllegalStateException("why"));
  }

  private static void whoCloses(CancelCtx ctx) {
    ctx.close();
  }

  private static Ctx whoDerives() {
    return Ctx.background().withTimeout(Duration.ZERO);
  }

  private static void print(String what, @Nullable Throwable thrown) {
    Throwable err = requireNonNull(thrown);
    var methods = new StringBuilder(what);
    for (StackTraceElement frame : err.getStackTrace()) {
      methods.append(' ').append(frame.getMethodName());
    }
    System.out.println(methods);
  }
}
