package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;

/**
 * What all exchanges of a filter have in common.
 *
 * @param sockets what the contexts of WebSockets are derived from
 */
record FilterSettings(
    boolean observe, ErrorRendering rendering, Ctx sockets, LiveExchanges live, Meters meters) {}
