/**
 * What ctx4j costs, beside its peers: benchmarks by topic, and the table that one run of them
 * gives.
 */
@NullMarked
package io.ctx4j.benchmarks;

import org.jspecify.annotations.NullMarked;
