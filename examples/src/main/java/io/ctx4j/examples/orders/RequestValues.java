package io.ctx4j.examples.orders;

import io.ctx4j.CtxKey;

/** What a request's context carries down to the repository. */
final class RequestValues {

  static final CtxKey<String> REQUEST_ID = CtxKey.named("request-id");
  static final CtxKey<String> USER = CtxKey.named("user");

  private RequestValues() {}
}
