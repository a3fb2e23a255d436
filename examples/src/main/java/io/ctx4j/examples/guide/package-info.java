/**
 * What README and docs show: their code blocks are the regions of these files, checked by a test.
 */
@NullMarked
package io.ctx4j.examples.guide;

import org.jspecify.annotations.NullMarked;
