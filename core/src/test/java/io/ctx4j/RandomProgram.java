package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Steps on a tree of contexts, from a seed: derivations, callbacks, ends, and a clock that moves.
 *
 * <p>Contexts and callbacks are numbered as they are made; 0 is the root. What two ways of running
 * it need not agree in does not come up: no deadline is at the same nanosecond as another one above
 * it or as where the clock stops, and there is only one callback that ends a context. For Go
 * nothing ends both that one and the context of the callback: there it may be called before all
 * below is done.
 */
final class RandomProgram {
  enum Kind {
    CANCEL,
    TIMEOUT,
    DEADLINE,
    MARGIN,
    VALUE,
    NAME,
    DETACH,
    MERGE,
    CALLBACK,
    /** A callback that ends another context. */
    ENDING,
    STOP,
    END,
    CLOSE,
    ADVANCE;

    boolean derives() {
      return DERIVING.contains(this);
    }
  }

  /**
   * One step.
   *
   * @param on the context, or of STOP the callback
   * @param other the second context, or of VALUE the key
   * @param nanos of the clock; of VALUE what is bound, 0 for null
   * @param cause 0: none
   */
  record Step(Kind kind, int on, int other, long nanos, int cause) {
    @Override
    public String toString() {
      return kind + " " + on + " " + other + " " + nanos + " " + cause;
    }
  }

  static final int KEYS = 3;

  /** The clock moves by these; what is between belongs to the deadlines, each of its own number. */
  private static final long UNIT = 1_000_000;

  private static final int STEPS = 40;

  private static final Set<Kind> DERIVING = EnumSet.range(Kind.CANCEL, Kind.MERGE);

  /** Which steps come how often. */
  private static final Kind[] DRAWN = {
    Kind.CANCEL,
    Kind.CANCEL,
    Kind.CANCEL,
    Kind.TIMEOUT,
    Kind.TIMEOUT,
    Kind.TIMEOUT,
    Kind.DEADLINE,
    Kind.MARGIN,
    Kind.MARGIN,
    Kind.VALUE,
    Kind.VALUE,
    Kind.NAME,
    Kind.DETACH,
    Kind.CALLBACK,
    Kind.CALLBACK,
    Kind.CALLBACK,
    Kind.ENDING,
    Kind.STOP,
    Kind.STOP,
    Kind.END,
    Kind.END,
    Kind.ADVANCE,
    Kind.ADVANCE,
    Kind.MERGE,
    Kind.MERGE,
    Kind.CLOSE
  };

  final List<Step> steps = new ArrayList<>();
  private final Random random;
  private final boolean forGo;

  /** Whether a context has a deadline of its own: Go cannot give a cause to its end. */
  private final List<Boolean> timed = new ArrayList<>(List.of(false));

  /** What can end a context: itself and those above it, but for layers. */
  private final List<BitSet> ends = new ArrayList<>(List.of(new BitSet()));

  private int callbacks;
  private int numbers;
  private boolean ending;

  /**
   * Makes one.
   *
   * @param forGo without what Go has not: merged contexts, scopes, a cause for the cancellation of
   *     a timed context
   */
  RandomProgram(long seed, boolean forGo) {
    this.random = new Random(seed);
    this.forGo = forGo;
    while (steps.size() < STEPS) {
      Kind kind = DRAWN[random.nextInt(DRAWN.length - (forGo ? 3 : 0))];
      int on = random.nextInt(timed.size());
      int other = random.nextInt(timed.size());
      if (kind == Kind.STOP ? callbacks > 0 : kind != Kind.ENDING || mayEnd(on, other)) {
        steps.add(step(kind, on, other));
      }
    }
  }

  private boolean mayEnd(int on, int other) {
    return !ending && !(forGo && ends.get(on).intersects(ends.get(other)));
  }

  private Step step(Kind kind, int on, int other) {
    Step step = switch (kind) {
      case TIMEOUT -> new Step(kind, on, 0, length(), cause());
      case DEADLINE -> new Step(kind, on, 0, 4 * UNIT + length(), cause());
      case MARGIN -> new Step(kind, on, 0, random.nextInt(8) * UNIT + number() * 1_000L, 0);
      case VALUE -> new Step(kind, on, random.nextInt(KEYS), random.nextInt(4), 0);
      case MERGE -> new Step(kind, on, other, 0, 0);
      case CALLBACK -> new Step(kind, on, 0, 0, 0);
      case ENDING -> ending(on, other);
      case STOP -> new Step(kind, random.nextInt(callbacks), 0, 0, 0);
      case END -> new Step(kind, on, 0, 0, causeOfEnd(on));
      case ADVANCE -> new Step(kind, 0, 0, random.nextInt(6) * UNIT, 0);
      case CANCEL, NAME, DETACH, CLOSE -> new Step(kind, on, 0, 0, 0);
    };
    if (kind.derives()) {
      boolean own = kind == Kind.TIMEOUT || kind == Kind.DEADLINE || kind == Kind.MARGIN;
      timed.add(own || (kind == Kind.NAME && timed.get(on)));
      ends.add(endsOf(kind, on, other));
    } else if (kind == Kind.CALLBACK || kind == Kind.ENDING) {
      callbacks++;
    }
    return step;
  }

  private BitSet endsOf(Kind kind, int on, int other) {
    var all = new BitSet();
    if (kind != Kind.DETACH) {
      all.or(ends.get(on));
    }
    if (kind == Kind.MERGE) {
      all.or(ends.get(other));
    }
    if (kind != Kind.DETACH && kind != Kind.VALUE && kind != Kind.NAME) {
      all.set(ends.size());
    }
    return all;
  }

  private Step ending(int on, int other) {
    ending = true;
    return new Step(Kind.ENDING, on, other, 0, causeOfEnd(other));
  }

  /** Sometimes over already, seldom further off than a timer goes. */
  private long length() {
    long units = random.nextInt(30) == 0 ? 4_000_000_000_000L : random.nextInt(20) - 3;
    return units * UNIT + number();
  }

  private int number() {
    return ++numbers;
  }

  private int cause() {
    return random.nextBoolean() ? 0 : number();
  }

  private int causeOfEnd(int of) {
    return forGo && timed.get(of) ? 0 : cause();
  }

  /** Fails where two runs of it have seen different things, with what they saw in common last. */
  void assertAlike(long seed, List<String> ours, List<String> theirs) {
    int same = 0;
    while (same < Math.min(ours.size(), theirs.size()) && ours.get(same).equals(theirs.get(same))) {
      same++;
    }
    int from = Math.max(0, same - 20);
    assertThat(ours.subList(from, Math.min(ours.size(), same + 1)))
        .as("-Dctx4j.test.seeds=1 -Dctx4j.test.seed=%s%n%s", seed, numbered())
        .isEqualTo(theirs.subList(from, Math.min(theirs.size(), same + 1)));
  }

  private String numbered() {
    var out = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      out.append(i).append(": ").append(steps.get(i)).append('\n');
    }
    return out.toString();
  }

  /** As the program in Go reads it. */
  String text() {
    var out = new StringBuilder();
    steps.forEach(step -> out.append(step).append('\n'));
    return out.append("run\n").toString();
  }
}
