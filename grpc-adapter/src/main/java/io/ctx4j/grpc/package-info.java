/** Carries a {@link io.ctx4j.Ctx} across gRPC: deadlines and cancellation, in and out. */
@NullMarked
package io.ctx4j.grpc;

import org.jspecify.annotations.NullMarked;
