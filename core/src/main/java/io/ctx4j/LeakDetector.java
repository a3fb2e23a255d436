package io.ctx4j;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Watches that the power to cancel a context is not dropped unused: Go's {@code vet lostcancel}, at
 * run time (C39).
 *
 * <p>The handles that can cancel one context share a {@link Token}. When the collector has that and
 * the context is live, something else holds the context, its parent or its timer, and nobody can
 * end it early any more: that is reported. It is looked for when the next context is watched; there
 * is no thread. What is kept of a watched context is a weak reference, so that a tree that nothing
 * else holds can go as ever, and where it was made, as text, so that no class loader is held.
 */
final class LeakDetector extends PhantomReference<LeakDetector.Token> {
  /** Of how many contexts one is watched; 0: none. */
  static final int SAMPLING_INTERVAL = samplingInterval(System.getProperty("ctx4j.debug"));

  private static final int SAMPLE = 128;
  private static final int MAX_FRAMES = 32;
  private static final int MAX_PLACES = 1_000;
  private static final int MAX_TEXT = 500;

  private static final ReferenceQueue<Token> DROPPED = new ReferenceQueue<>();
  private static final Set<LeakDetector> WATCHED = ConcurrentHashMap.newKeySet();
  private static final Set<StackTraceElement> REPORTED = ConcurrentHashMap.newKeySet();

  private final WeakReference<Node> node;
  private final StackTraceElement[] made;

  private LeakDetector(Token token, Node node) {
    super(token, DROPPED);
    this.node = new WeakReference<>(node);
    this.made = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(frames -> frames
            .dropWhile(frame -> isOurs(frame.getDeclaringClass()))
            .limit(MAX_FRAMES)
            .map(StackWalker.StackFrame::toStackTraceElement)
            .toArray(StackTraceElement[]::new));
  }

  private static int samplingInterval(@Nullable String debug) {
    return "true".equalsIgnoreCase(debug) ? 1 : "sample".equalsIgnoreCase(debug) ? SAMPLE : 0;
  }

  /** Contexts are ours, as {@link Ctx} is sealed, and so are this and its token. */
  private static boolean isOurs(Class<?> type) {
    return Ctx.class.isAssignableFrom(type) || type == LeakDetector.class || type == Token.class;
  }

  static @Nullable Token watch(Node node) {
    if (node.end != null || ThreadLocalRandom.current().nextInt(SAMPLING_INTERVAL) != 0) {
      return null;
    }
    for (Reference<?> lost = DROPPED.poll(); lost != null; lost = DROPPED.poll()) {
      ((LeakDetector) lost).dropped();
    }
    return new Token(node);
  }

  private void dropped() {
    Node node = this.node.get();
    if (WATCHED.remove(this)
        && node != null
        && node.end == null
        && made.length > 0
        && REPORTED.size() < MAX_PLACES
        && REPORTED.add(made[0])) {
      try {
        report(node.path.text());
      } catch (Throwable e) { // a logger is foreign
        ForeignCode.report(e);
      }
    }
  }

  private void report(String text) {
    var place = new Throwable("made here");
    place.setStackTrace(made);
    int from = Math.max(0, text.length() - MAX_TEXT);
    System.getLogger("io.ctx4j")
        .log(
            System.Logger.Level.WARNING,
            "A context was dropped without being canceled or closed, and is held until its parent or its"
                + " deadline ends it: " + (from == 0 ? "" : "…") + text.substring(from),
            place);
  }

  /** What is collected when nobody can cancel the context any more. */
  static final class Token {
    private final LeakDetector detector;

    Token(Node node) {
      detector = new LeakDetector(this, node);
      WATCHED.add(detector);
    }

    void markUsed() {
      if (WATCHED.remove(detector)) {
        detector.clear();
      }
    }
  }
}
