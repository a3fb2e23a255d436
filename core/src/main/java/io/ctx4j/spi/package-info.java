/** What our own adapters are built on; subject to change without notice. */
@NullMarked
package io.ctx4j.spi;

import org.jspecify.annotations.NullMarked;
