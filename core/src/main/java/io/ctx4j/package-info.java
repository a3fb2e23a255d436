/**
 * Go's context for the JVM: deadlines, cancellation with its reason, and values, down a tree.
 *
 * <p>Start at {@link io.ctx4j.Ctx}. No parameter and no result is null unless it is marked
 * {@code @Nullable}; a null elsewhere is a NullPointerException that names the parameter, thrown
 * before anything has changed.
 */
@NullMarked
package io.ctx4j;

import org.jspecify.annotations.NullMarked;
