package io.ctx4j.grpc.spi;

/** How a call that a server has taken ended. */
public enum CallOutcome {
  /** The handler closed it, with OK. */
  COMPLETED,
  /** Its deadline passed, or its client left when as good as nothing was left of it. */
  DEADLINE_EXCEEDED,
  CLIENT_GONE,
  SHUTDOWN,
  /** The application's root was canceled for another reason. */
  CANCELED,
  /** The handler closed it with another status than OK, or threw. */
  ERROR
}
