package io.ctx4j.benchmarks;

import java.util.List;

/** One thing that is measured, for us and for the peers that have it. */
record Topic(String label, String title, String unit, String ours, List<Peer> peers) {

  /** How a library does the same; the first of a library is the one in the chart. */
  record Peer(String library, String how, String name) {}

  static final List<Topic> ALL = List.of(
      reactor("Flux element", "an element of a Flux that cannot be fused", "FluxItems.hidden"),
      reactor("range element", "an element of `Flux.range`", "FluxItems.range"),
      reactor(
          "before publishOn",
          "an element of `range → map → … → publishOn`",
          "FluxAcrossThreads.before"),
      reactor(
          "after publishOn",
          "an element of `range → map → publishOn → …`",
          "FluxAcrossThreads.after"),
      rx(
          "Flowable element",
          "an element of a Flowable that cannot be fused",
          "FlowableItems.hidden"),
      rx("Flowable.range", "an element of `Flowable.range`", "FlowableItems.range"),
      reactor("Mono", "a subscription to a Mono that shows nothing", "MonoSubscriptions.hidden"),
      reactor("Mono.just", "a subscription to `Mono.just`", "MonoSubscriptions.just"),
      time(
          "in a crowd",
          "subscribe and dispose while 100,000 others wait",
          "Crowd.bind:100000",
          peer("Reactor", "takeUntilOther, 10,000 others", "Crowd.takeUntilOther:10000"),
          peer("ctx4j", "no others", "Crowd.bind:0"),
          peer("Reactor", "takeUntilOther, no others", "Crowd.takeUntilOther:0")),
      time(
          "child",
          "derive a child and cancel it",
          "Children.ctx4j",
          peer("Go", "WithCancel", "Go.DeriveCancel"),
          peer("gRPC", "registered nowhere", "Children.grpc"),
          peer("Kotlin", "Job", "Children.kotlin")),
      time(
          "child, listener",
          "derive a child, listen to it, cancel it",
          "Children.ctx4jListening",
          peer("gRPC", "a fresh parent each", "Children.grpcListening")),
      time(
          "timeout",
          "`withTimeout` and cancel while 400,000 are live",
          "Timeouts.ctx4j:400000",
          peer("Go", "WithTimeout", "Go.TimeoutCancel"),
          peer("gRPC", "withDeadlineAfter", "Timeouts.grpc:400000")),
      time(
          "first timeout",
          "`withTimeout` and cancel while none is live",
          "Timeouts.ctx4j:0",
          peer("gRPC", "withDeadlineAfter", "Timeouts.grpc:0")),
      time(
          "value found",
          "a value 100 bindings up",
          "Reads.hit",
          peer("Go", "Value", "Go.ValueHit"),
          peer("gRPC", "Key.get", "Reads.grpcHit"),
          peer("Reactor", "Context.get", "Reads.reactorHit")),
      time(
          "value missing",
          "a value that is not there, under 100 bindings",
          "Reads.miss",
          peer("Go", "Value", "Go.ValueMiss"),
          peer("gRPC", "Key.get", "Reads.grpcMiss"),
          peer("Reactor", "Context.getOrDefault", "Reads.reactorMiss")),
      time(
          "err, 100 layers",
          "`err()` through 100 bindings",
          "Reads.errDeep",
          peer("Go", "Err", "Go.ErrLayers")),
      time(
          "fan-out",
          "cancel a million children, for each",
          "FanOut.ctx4j:1000000",
          peer("Go", "cancel", "Go.CancelChildren"),
          peer("gRPC", "with a listener each", "FanOut.grpc")),
      time(
          "ended Monos",
          "end a million waiting Monos, for each",
          "Endings.ctx4j:1000000",
          peer("Reactor", "Sinks.empty, of 1,000 each", "Endings.sink"),
          peer("Reactor", "takeUntilOther(Sinks.empty), of 1,000 each", "Endings.takeUntilOther")),
      time("request", "a request through WebFlux on one event loop", "Saturation.request:BIND"),
      time(
          "gRPC call",
          "a unary gRPC call in process, with a deadline",
          "GrpcCalls.once:BIND",
          peer("gRPC", "by its Context", "GrpcCalls.once:CONTEXT")),
      time(
          "statement",
          "acquire, a statement on PostgreSQL, release",
          "Statements.once:BIND",
          peer("ctx4j", "without a Ctx", "Statements.once:WITHOUT_CTX")),
      new Topic(
          "next owner",
          "the wait for the connection of a cut statement of 1 s",
          "ms",
          "Statements.nextOwner:BIND",
          List.of()),
      heap(
          "a live child",
          "child",
          peer("gRPC", "with a listener", "HeapBytes.child.grpc"),
          peer("Kotlin", "Job", "HeapBytes.child.kotlin")),
      heap(
          "a live timeout", "timeout", peer("gRPC", "withDeadlineAfter", "HeapBytes.timeout.grpc")),
      heap(
          "what is added to a waiting Mono",
          "mono",
          peer("Reactor", "takeUntilOther", "HeapBytes.mono.takeUntilOther"),
          peer("Reactor", "timeout(Duration)", "HeapBytes.mono.timeout")),
      heap(
          "what a canceled child leaves at a parent that lives on",
          "left",
          peer("gRPC", "with a listener", "HeapBytes.left.grpc")));

  private static Topic reactor(String label, String title, String method) {
    return time(
        label,
        title,
        method + ":BIND",
        peer("Reactor", "takeUntilOther(Sinks.empty)", method + ":TAKE_UNTIL_OTHER"),
        peer("Reactor", "takeUntilOther(never)", method + ":TAKE_UNTIL_OTHER_NEVER"),
        peer("Reactor", "timeout(Publisher)", method + ":TIMEOUT_PUBLISHER"),
        peer("Reactor", "timeout(Duration)", method + ":TIMEOUT"),
        peer("resilience4j", "TimeLimiter", method + ":TIME_LIMITER"));
  }

  private static Topic rx(String label, String title, String method) {
    return time(
        label,
        title,
        method + ":BIND",
        peer("RxJava", "takeUntil(PublishProcessor)", method + ":TAKE_UNTIL"),
        peer("RxJava", "takeUntil(never)", method + ":TAKE_UNTIL_NEVER"),
        peer("RxJava", "timeout", method + ":TIMEOUT"));
  }

  private static Topic time(String label, String title, String ours, Peer... peers) {
    return new Topic(label, title, "ns", ours, List.of(peers));
  }

  private static Topic heap(String title, String name, Peer... peers) {
    return new Topic(
        name, title + ", on the heap", "B", "HeapBytes." + name + ".ctx4j", List.of(peers));
  }

  private static Peer peer(String library, String how, String name) {
    return new Peer(library, how, name);
  }

  /** The same without an operator, where there is such a thing. */
  String raw() {
    return ours.replace(":BIND", ":RAW");
  }
}
