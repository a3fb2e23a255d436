/** Binds Flowable, Observable, Single, Maybe and Completable to a {@link io.ctx4j.Ctx}. */
@NullMarked
package io.ctx4j.rxjava3;

import org.jspecify.annotations.NullMarked;
