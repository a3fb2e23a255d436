/** Binds Reactor's Flux and Mono to a context. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // reactor-core 3.8, context-propagation
module io.ctx4j.reactor {
  requires transitive io.ctx4j;
  requires transitive reactor.core;
  requires static org.jspecify;
  requires static context
      .propagation; // no `provides`: without it no graph would resolve that has this module

  exports io.ctx4j.reactor;
}
