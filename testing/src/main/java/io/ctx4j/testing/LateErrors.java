package io.ctx4j.testing;

import java.util.Collection;

/** Records the errors that come too late for anybody, where a library puts them, until closed. */
public interface LateErrors extends AutoCloseable {
  /** In their order. */
  Collection<Throwable> errors();

  @Override
  void close();
}
