package io.ctx4j.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A row of the table: a figure of one run, and what it is to be.
 *
 * @param atLeast whether {@code bound} is the least that the figure may be, rather than the most
 */
record Row(
    String number,
    String measure,
    String against,
    ToDoubleFunction<Figures> figure,
    double bound,
    boolean atLeast) {

  static final List<Row> ALL = List.of(
      ratio("1", "unfused Flux, an element: `bind`", "`takeUntilOther(Sinks.empty)`", 0.33)
          .of("FluxItems.hidden:BIND", "FluxItems.hidden:TAKE_UNTIL_OTHER"),
      ratio("1'", "what `bind` adds to an unfused element", "what a fence adds", 1.3)
          .by(figures ->
              figures.added("FluxItems.hidden:BIND", "FencedItems.hidden", "FluxItems.hidden:RAW")),
      ratio("2", "unfused Flowable, an element: `bind`", "`takeUntil(PublishProcessor)`", 0.67)
          .of("FlowableItems.hidden:BIND", "FlowableItems.hidden:TAKE_UNTIL"),
      ratio("3", "`Flux.range`, an element, bare subscriber: bound", "unbound", 2.5)
          .of("FluxItems.range:BIND", "FluxItems.range:RAW"),
      ratio("4a", "`range → map → bind → publishOn`, an element", "without `bind`", 1.15)
          .of("FluxAcrossThreads.before:BIND", "FluxAcrossThreads.before:RAW"),
      ratio("4b", "`range → map → publishOn → bind`, an element", "without `bind`", 1.15)
          .of("FluxAcrossThreads.after:BIND", "FluxAcrossThreads.after:RAW"),
      ratio("5", "`Mono.just`, a subscription: bound", "unbound", 1.3)
          .of("MonoSubscriptions.just:BIND", "MonoSubscriptions.just:RAW"),
      ratio("6a'", "what `bind` adds to a hidden Mono", "what `takeUntilOther` adds", 0.5)
          .added("MonoSubscriptions.hidden", "BIND", "TAKE_UNTIL_OTHER"),
      ratio("6b", "what `bind` adds to a hidden Mono", "what `timeout(Duration)` adds", 0.1)
          .added("MonoSubscriptions.hidden", "BIND", "TIMEOUT"),
      ratio("7", "`bind` and dispose, 100,000 others on the same Ctx", "none", 1.5)
          .of("Crowd.bind:100000", "Crowd.bind:0"),
      ratio("8a", "derive and cancel under a live parent", "Go's `WithCancel`, `cancel`", 0.2)
          .of("Children.ctx4j", "Go.DeriveCancel"),
      ratio("8b'", "derive, listen, cancel under a live parent", "gRPC, a fresh parent each", 0.45)
          .of("Children.ctx4jListening", "Children.grpcListening"),
      ratio("9a", "`withTimeout` and cancel, 400,000 live", "Go's", 0.25)
          .of("Timeouts.ctx4j:400000", "Go.TimeoutCancel"),
      ratio("9b'", "`withTimeout` and cancel, 400,000 live", "gRPC on the JDK's pool", 0.5)
          .of("Timeouts.ctx4j:400000", "Timeouts.grpc:400000"),
      ratio("10a", "`isDone()` through 100 value layers", "without layers", 2)
          .of("Reads.isDoneDeep", "Reads.isDone"),
      ratio("10b", "`err()` through 100 value layers", "without layers", 2)
          .of("Reads.errDeep", "Reads.err"),
      ratio("11a", "`value`, 100 deep, found at the bottom", "gRPC's trie", 2)
          .of("Reads.hit", "Reads.grpcHit"),
      ratio("11b", "`value`, 100 deep, not there", "gRPC's trie", 2)
          .of("Reads.miss", "Reads.grpcMiss"),
      ratio("12", "cancel 1,000,000 children, each", "Go's", 0.25)
          .of("FanOut.ctx4j:1000000", "Go.CancelChildren"),
      atMost("13a", "bytes of a live child", "HeapBytes.child.ctx4j", 64),
      atMost("13b", "bytes of a live timeout", "HeapBytes.timeout.ctx4j", 112),
      atMost("14a", "100,000 deadlines in 2 s: p99 lateness, ms", "Lateness.p99.ctx4j", 2),
      atMost("14b", "wake-ups in 3 s, none pending", "Lateness.wakeups.none", 0),
      atMost("14c", "wake-ups in 3 s, one in an hour", "Lateness.wakeups.far", 0),
      together("15", "deriving and canceling under one parent", "Children.ctx4j", 1.2),
      together("15a", "making and canceling timeouts under one parent", "Contention.timeout", 1.5),
      new Row(
          "15b",
          "the same, of two threads",
          "gRPC's on the JDK's pool",
          figures ->
              figures.ratio("Contention.grpcTimeoutTwoThreads", "Contention.timeoutTwoThreads"),
          2,
          true),
      together("15c", "binding Monos to one context and disposing", "Contention.bind", 1.3),
      together("15d", "the same by `CtxOps.withTimeout`", "Contention.withTimeout", 1.3),
      new Row(
          "16",
          "requests through WebFlux with the filter, at saturation: throughput",
          "without the filter",
          figures -> figures.ratioOfPairs("Saturation.request:RAW", "Saturation.request:BIND"),
          0.95,
          true),
      atMost("17", "bytes that `bind` adds to a Mono", "HeapBytes.mono.ctx4j", 80),
      ratio(
              "18",
              "a million bound Monos ended by a deadline, each",
              "`Sinks.empty`, of 1,000 each",
              1)
          .of("Endings.ctx4j:1000000", "Endings.sink"),
      growth("19a", "derive and cancel among siblings", "Children.ctx4jAmong"),
      growth("19b", "`withTimeout` and cancel among others", "Timeouts.ctx4j"),
      growth("19c", "cancel children, each", "FanOut.ctx4j"),
      growth("19d", "end bound Monos by a deadline, each", "Endings.ctx4j"),
      ratio("20a", "a unary gRPC call in process, with both interceptors", "without", 1.05)
          .of("GrpcCalls.once:BIND", "GrpcCalls.once:RAW"),
      ratio("20b", "a unary gRPC call in process, under a Ctx", "under gRPC's own Context", 1.05)
          .of("GrpcCalls.once:BIND", "GrpcCalls.once:CONTEXT"),
      ratio("21a", "a statement through a pool, decorated, with a Ctx", "the driver", 1.1)
          .of("Statements.once:BIND", "Statements.once:RAW"),
      ratio("21b", "a statement through a pool, decorated, without a Ctx", "the driver", 1.02)
          .of("Statements.once:WITHOUT_CTX", "Statements.once:RAW"),
      ratio("22", "the next owner's wait after a cut of a statement of 1 s", "the driver", 0.1)
          .of("Statements.nextOwner:BIND", "Statements.nextOwner:RAW"));

  /** What row 14a is held against where the platform itself does not keep its bound. */
  private static final String RAW_TIMER = "Lateness.p99.raw";

  private static final String NONE = "–";

  private interface Ratio {
    Row by(ToDoubleFunction<Figures> figure);

    default Row of(String name, String to) {
      return by(figures -> figures.ratio(name, to));
    }

    default Row added(String method, String name, String to) {
      return by(figures -> figures.added(method + ':' + name, method + ':' + to, method + ":RAW"));
    }
  }

  private static Ratio ratio(String number, String measure, String against, double bound) {
    return figure -> new Row(number, measure, against, figure, bound, false);
  }

  private static Row growth(String number, String measure, String name) {
    return ratio(number, measure + ": 1,000,000", "1,000", 2).of(name + ":1000000", name + ":1000");
  }

  private static Row together(String number, String what, String name, double bound) {
    return new Row(
        number,
        "two threads " + what + ": throughput",
        "one thread's",
        figures -> 2 / figures.ratio(name + "TwoThreads", name),
        bound,
        true);
  }

  private static Row atMost(String number, String measure, String name, double bound) {
    return new Row(number, measure, "–", figures -> figures.median(name), bound, false);
  }

  boolean isMeasured(Figures figures) {
    return !value(figures).equals(NONE);
  }

  String verdict(Figures figures) {
    if (!isMeasured(figures)) {
      return "not measured";
    }
    double value = figure.applyAsDouble(figures);
    if (isLateness() && figures.median(RAW_TIMER) > bound) { // then we are to be as good as that
      double raw = figures.median(RAW_TIMER);
      return holds(value <= raw) + ", the JDK's timer had " + Page.number(raw);
    }
    return holds(atLeast ? value >= bound : value <= bound);
  }

  private static String holds(boolean holds) {
    return holds ? "holds" : "**misses**";
  }

  private boolean isLateness() {
    return number.equals("14a");
  }

  String value(Figures figures) {
    try {
      return Page.number(figure.applyAsDouble(figures));
    } catch (Figures.Missing e) {
      return NONE;
    }
  }

  /** The same by CPU time; what two threads get done together is no matter of that. */
  String byCpuTime(Figures cpu) {
    return number.startsWith("15") ? NONE : value(cpu);
  }

  String target() {
    return (atLeast ? "≥ " : "≤ ") + Page.number(bound);
  }
}
