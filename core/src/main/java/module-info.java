/** Go's context for the JVM: deadlines, cancellation with its reason, and values, down a tree. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // reactive-streams 1.0.4
module io.ctx4j {
  requires transitive org.reactivestreams;
  requires static org.jspecify;

  exports io.ctx4j;
  exports io.ctx4j.spi;
}
