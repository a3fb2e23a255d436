/** What the tests of all modules share; it knows nothing of ctx4j, and is not published. */
@NullMarked
package io.ctx4j.testing;

import org.jspecify.annotations.NullMarked;
