package io.ctx4j;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tells Error Prone, which goes by the simple name, that to drop the result is a mistake. Its
 * {@code MustBeClosed} would be a dependency, and wrong where a child is handed to an operator.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
@interface CheckReturnValue {}
