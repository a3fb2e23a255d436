package io.ctx4j.boot;

import java.util.function.Predicate;
import org.springframework.web.server.ServerWebExchange;

/** Exchanges that get no context of their own. */
interface ExemptExchanges extends Predicate<ServerWebExchange> {}
