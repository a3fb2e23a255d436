package io.ctx4j.rxjava3;

import static io.ctx4j.rxjava3.Inserted.BIND;
import static io.ctx4j.rxjava3.Inserted.DETACH;
import static io.ctx4j.rxjava3.Inserted.HIDE;
import static io.ctx4j.rxjava3.Inserted.MAP;
import static io.ctx4j.rxjava3.Inserted.NOTED;
import static io.ctx4j.rxjava3.Inserted.NOTHING;
import static io.ctx4j.rxjava3.Inserted.TAKE_UNTIL;
import static io.ctx4j.rxjava3.Inserted.TIMEOUT;
import static io.ctx4j.rxjava3.Pipeline.Where.ANYWHERE;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random pipelines with bindings to a live context, against the same without: items and end, errors
 * that could not be delivered, and what each source saw.
 *
 * <p>Where one of RxJava's own operators in the place of the bindings makes just the same
 * difference, it is none of ours. What that comes to: a {@code hide} or {@code map} changes what is
 * fused; an {@code onTerminateDetach} does not tell upstream of a cancel after its end, and keeps
 * from downstream, once it has left, what upstream still has to say, so that an error goes to
 * RxJavaPlugins.
 */
@Tag("search")
class DifferentialTest {
  private static final List<Inserted> STOCK = List.of(HIDE, MAP, TAKE_UNTIL, DETACH);

  private record Outcome(
      List<Object> signals, List<String> breaches, List<String> late, List<String> sources) {}

  @Test
  @Timeout(Seeds.STUCK_SECONDS)
  @DisplayName("X6 X3 a live context changes nothing: items, end, errors, demand, what sources see")
  void subscribe_randomPipeline_isAsRaw() {
    List<String> differ = new ArrayList<>();
    Seeds.forEach(seed -> compare(seed, differ));
    assertThat(differ).isEmpty();
  }

  private static void compare(long seed, List<String> differ) {
    Outcome raw = run(seed, NOTHING);
    for (Inserted ours : List.of(BIND, TIMEOUT)) {
      Outcome bound = run(seed, ours);
      if (!bound.equals(raw) && !isAsStock(seed, bound, raw)) {
        var report = new StringBuilder(Seeds.again(seed));
        report.append("\n  ").append(new Pipeline(seed, ours, Ctx.background(), ANYWHERE));
        for (Inserted each : Inserted.values()) {
          report.append("\n  ").append(each).append(' ').append(run(seed, each));
        }
        differ.add(report.toString());
      }
    }
  }

  /**
   * One of RxJava's makes the difference, or one makes it in the items and another in what sources
   * see.
   */
  private static boolean isAsStock(long seed, Outcome bound, Outcome raw) {
    List<Outcome> stock = new ArrayList<>(List.of(raw));
    STOCK.forEach(each -> stock.add(run(seed, each)));
    return stock.stream().anyMatch(each -> each.signals.equals(bound.signals))
        && stock.stream().anyMatch(each -> each.late.equals(bound.late))
        && stock.stream().anyMatch(each -> each.sources.equals(bound.sources))
        && bound.breaches.equals(raw.breaches);
  }

  private static Outcome run(long seed, Inserted inserted) {
    try (var undelivered = new Undelivered()) {
      var pipeline = new Pipeline(seed, inserted, Ctx.background().withCancel(), ANYWHERE);
      var probe = new Probe(0);
      List<Object> signals = drive(seed, pipeline, probe);
      probe.leave();
      return new Outcome(
          signals,
          List.copyOf(probe.breaches),
          undelivered.errors.stream().map(Throwable::toString).toList(),
          pipeline.ledger.lines());
    }
  }

  /** Requests twice; leaves in between at an item, or not at all. */
  private static List<Object> drive(long seed, Pipeline pipeline, Probe probe) {
    var random = new Random(seed * 31);
    int leaveAt = random.nextInt(12);
    probe.inNext = () -> {
      if (probe.signals().size() == leaveAt) {
        probe.leave();
      }
    };
    List<Object> signals = new ArrayList<>();
    pipeline.subscribe(probe);
    for (long demand :
        new long[] {1 + random.nextInt(3), random.nextBoolean() ? Long.MAX_VALUE : 2}) {
      probe.requestIfAny(demand);
      signals.add(probe.signals());
    }
    return signals;
  }

  @Test
  @Timeout(Seeds.STUCK_SECONDS)
  @DisplayName("X1 R3 a stream that has ended or was left leaves nothing on a live context")
  void leave_randomPipeline_leavesNothing() {
    Seeds.forEach(seed -> {
      try (var undelivered = new Undelivered()) {
        CancelCtx ctx = Ctx.background().withCancel();
        var pipeline = new Pipeline(seed, TIMEOUT, ctx, ANYWHERE);
        var probe = new Probe(0);
        drive(seed, pipeline, probe);
        probe.leave();

        long left = ctx.tree().lines().count() - 1;
        if (left > 0 && !pipeline.toString().contains("cache")) { // a cache goes on when it is left
          assertThat(left).isEqualTo(open(seed));
        }
        assertThat(undelivered.errors).noneMatch(Undelivered::isOfCtx);
      }
    });
  }

  /** Streams that RxJava's operators forget to cancel, bound or not. */
  private static long open(long seed) {
    var pipeline = new Pipeline(seed, NOTED, Ctx.background(), ANYWHERE);
    var probe = new Probe(0);
    drive(seed, pipeline, probe);
    probe.leave();
    return pipeline.open.open();
  }
}
