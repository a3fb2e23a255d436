/** Binds RxJava's five types to a context. */
module io.ctx4j.rxjava {
  requires transitive io.ctx4j;
  requires transitive io.reactivex.rxjava3;
  requires static org.jspecify;

  exports io.ctx4j.rxjava3;
}
