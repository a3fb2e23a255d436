package io.ctx4j.r2dbc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Results that nobody has looked into yet: they hold buffers, and the driver may wait for their
 * reader.
 */
final class UntouchedResults {
  private final Object lock;
  private final Set<CtxResult> results = new LinkedHashSet<>();

  /** @param lock the session's */
  UntouchedResults(Object lock) {
    this.lock = lock;
  }

  /** False: its execution is canceled, and nobody is going to look. */
  boolean add(CtxResult result) {
    synchronized (lock) {
      return !result.execution.isCut() && results.add(result);
    }
  }

  void remove(CtxResult result) {
    synchronized (lock) {
      results.remove(result);
    }
  }

  /** @param of null: of all executions */
  void drain(@Nullable Execution of) {
    List<CtxResult> drained = new ArrayList<>();
    synchronized (lock) {
      for (CtxResult result : results) {
        if (of == null || result.execution == of) {
          drained.add(result);
        }
      }
      drained.forEach(results::remove);
    }
    drained.forEach(CtxResult::drainUntouched);
  }
}
