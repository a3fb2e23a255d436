package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What is done with the library that {@link ScarceMemory} has loaded, and loaded there, too. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
public final class ScarceMemoryUser implements ScarceMemory.Asking {
  private static final Duration SOON = Duration.ofMillis(3);
  private static final Duration HOUR = Duration.ofHours(1);

  /** Returned where there is nothing to say against it. */
  private static final String RIGHT = "";

  private final Map<String, AtomicInteger> calls = new LinkedHashMap<>();
  private final List<CancelCtx> live = new ArrayList<>();

  /** From here on allocations fail. */
  private final Runnable scarce;

  public ScarceMemoryUser() {
    this(() -> {});
  }

  private ScarceMemoryUser(Runnable scarce) {
    this.scarce = scarce;
  }

  /** By name: each gets what begins the scarcity, and returns what was wrong. */
  public static String use(String name, Runnable scarce) {
    var user = new ScarceMemoryUser(scarce);
    return switch (name) {
      case "cancel of a leaf" -> user.cancelsLeaf();
      case "cancel of a tree" -> user.cancelsTree();
      case "close of a tree" -> user.closesTree();
      case "deadline of a leaf" -> user.deadlineEndsLeaf();
      case "deadline of a tree" -> user.deadlineEndsTree();
      case "deadline with a cause" -> user.deadlineAsks();
      case "deadline on another time source" -> user.otherTime(() -> null);
      case "deadline on another time source with a cause" ->
        user.otherTime(() -> new IllegalStateException("supplied"));
      case "scheduled task" -> user.scheduled();
      case "derivations" -> user.derives();
      default -> throw new IllegalArgumentException(name);
    };
  }

  public static List<String> uses() {
    return List.of(
        "cancel of a leaf",
        "cancel of a tree",
        "close of a tree",
        "deadline of a leaf",
        "deadline of a tree",
        "deadline with a cause",
        "deadline on another time source",
        "deadline on another time source with a cause",
        "scheduled task",
        "derivations");
  }

  @Override
  public Object canceled() {
    CancelCtx ctx = Ctx.background().withName("name").withCancel();
    ctx.cancel();
    return ctx;
  }

  @Override
  public Object err(Object ctx) {
    return requireNonNull(((Ctx) ctx).err());
  }

  private Runnable called(String what) {
    var count = new AtomicInteger();
    calls.put(what + " " + calls.size(), count);
    return count::incrementAndGet;
  }

  private void listen(Ctx ctx) {
    ctx.onDone(called("callback"));
    Runnable told = called("listener");
    var listener = new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        requireNonNull(err.getMessage());
        told.run();
      }
    };
    if (!listener.listen(ctx)) {
      told.run();
    }
    subscribe(ctx.done(), called("subscriber"));
  }

  private static void subscribe(Publisher<Void> done, Runnable completed) {
    done.subscribe(new Subscriber<>() {
      @Override
      public void onSubscribe(Subscription subscription) {}

      @Override
      public void onNext(Void item) {}

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onComplete() {
        completed.run();
      }
    });
  }

  private CancelCtx live(CancelCtx ctx) {
    live.add(ctx);
    return ctx;
  }

  /** All kinds of contexts and of callbacks, two levels deep. */
  private CancelCtx tree(CancelCtx root) {
    live(root);
    listen(root);
    for (CancelCtx child : List.of(
        live(root.withCancel()),
        live(root.withTimeout(HOUR)),
        live(root.withTimeout(HOUR, () -> null)),
        live(Ctx.merge(root, Ctx.background().withCancel())))) {
      listen(child);
      listen(live(child.withCancel()));
    }
    return root;
  }

  private String cancelsLeaf() {
    return ends(CancelCtx::cancel, live(Ctx.background().withCancel()));
  }

  private String cancelsTree() {
    return ends(CancelCtx::cancel, tree(Ctx.background().withName("tree").withCancel()));
  }

  private String closesTree() {
    return ends(CancelCtx::close, tree(Ctx.background().withCancel()));
  }

  /** By one who tries again where nothing has happened. */
  private String ends(Consumer<CancelCtx> end, CancelCtx ctx) {
    listen(ctx);
    scarce.run();
    try {
      end.accept(ctx);
    } catch (OutOfMemoryError e) {
      if (!ctx.isDone()) {
        for (CancelCtx each : live) {
          if (each.isDone()) {
            return "neither untouched nor done";
          }
        }
        ScarceMemory.end();
        end.accept(ctx);
      }
    }
    return eventually();
  }

  private String deadlineEndsLeaf() {
    synchronized (SystemTime.INSTANCE) { // so that it does not pass before
      live(Ctx.background().withTimeout(SOON)).onDone(called("callback"));
      scarce.run();
    }
    return eventually();
  }

  private String deadlineEndsTree() {
    synchronized (SystemTime.INSTANCE) {
      tree(Ctx.background().withTimeout(SOON));
      scarce.run();
    }
    return eventually();
  }

  private String deadlineAsks() {
    Runnable asked = called("supplier");
    CancelCtx ctx;
    synchronized (SystemTime.INSTANCE) {
      ctx = tree(Ctx.background().withTimeout(SOON, () -> {
        asked.run();
        return new IllegalStateException("supplied");
      }));
      scarce.run();
    }
    String wrong = eventually();
    return ctx.cause() instanceof IllegalStateException ? wrong : wrong + "another cause";
  }

  private String otherTime(Supplier<Throwable> cause) {
    List<Runnable> tasks = new ArrayList<>();
    var time = new TimeSource() {
      @Override
      public Instant now() {
        return Instant.EPOCH;
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        tasks.add(task);
        return () -> true;
      }
    };
    CancelCtx ctx = tree(Ctx.root(time).withTimeout(SOON, cause));
    scarce.run();
    tasks.get(0).run();
    String wrong = eventually();
    return cause.get() == null || ctx.cause() instanceof IllegalStateException
        ? wrong
        : wrong + "another cause";
  }

  private String scheduled() {
    scarce.run();
    try {
      TimeSource.system().schedule(called("task"), SOON);
    } catch (OutOfMemoryError e) {
      calls.values().forEach(AtomicInteger::incrementAndGet); // never: a second call would be seen
      LockSupport.parkNanos(SOON.toNanos() * 3);
    }
    return eventually();
  }

  /** Each is there as a whole or leaves nothing behind. */
  private String derives() {
    CancelCtx parent = live(Ctx.background().withCancel());
    CancelCtx other = Ctx.background().withCancel();
    List<Ctx> derived = new ArrayList<>();
    scarce.run();
    List<Runnable> derivations = List.of(
        () -> derived.add(parent.withCancel()),
        () -> derived.add(parent.withTimeout(HOUR)),
        () -> derived.add(parent.withTimeout(HOUR, () -> null)),
        () -> derived.add(Ctx.merge(parent, other)));
    for (Runnable derivation : derivations) {
      try {
        derivation.run();
      } catch (OutOfMemoryError e) {
        // then it has not happened
      }
    }
    ScarceMemory.end();
    long lines = parent.tree().lines().count();
    if (lines != 1 + derived.size()) {
      return "derived " + derived.size() + " and left behind: " + parent.tree();
    }
    parent.cancel();
    return eventually();
  }

  private String eventually() {
    BooleanSupplier over = () -> live.stream().allMatch(Ctx::isDone)
        && calls.values().stream().allMatch(count -> count.get() > 0);
    long start = System.nanoTime();
    while (!over.getAsBoolean()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
        break;
      }
      LockSupport.parkNanos(100_000);
    }
    var wrong = new StringBuilder();
    live.stream()
        .filter(ctx -> !ctx.isDone())
        .forEach(ctx -> wrong.append("live: ").append(ctx));
    calls.forEach((what, count) -> {
      if (count.get() != 1) {
        wrong.append(what).append(" called ").append(count).append(" times; ");
      }
    });
    return wrong.isEmpty() ? RIGHT : wrong.toString();
  }
}
