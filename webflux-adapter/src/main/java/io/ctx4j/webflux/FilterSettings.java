package io.ctx4j.webflux;

import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;

/** What all exchanges of a filter have in common. */
record FilterSettings(
    boolean observe, ErrorRendering rendering, LiveExchanges live, Meters meters) {}
