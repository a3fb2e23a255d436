/** Races: each class lets two transitions meet that may meet, and says what may come of it. */
@NullMarked
package io.ctx4j.stress;

import org.jspecify.annotations.NullMarked;
