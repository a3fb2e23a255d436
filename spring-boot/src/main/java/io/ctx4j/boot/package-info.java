/**
 * The Spring Boot starter: configures ctx4j for what it finds on the class path.
 *
 * <p>One dependency and no code. The application's root context is the bean {@code ctx4jRoot};
 * settings are {@code ctx4j.*}.
 */
@NullMarked
package io.ctx4j.boot;

import org.jspecify.annotations.NullMarked;
