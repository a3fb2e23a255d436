package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.IdleTimer;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A deadline is added while the timer's thread runs what is due, after which it sleeps (C19): one
 * of the two sees the other, so that the thread wakes in time.
 *
 * <p>It is due in three seconds; the thread was to wake after two, which is soon enough for who
 * adds it, and will wake two seconds later where it finds nothing.
 *
 * <p>Planted bug, seen in quick mode: {@code SystemTime.takeDue} sets {@code wakeTick} to the end
 * of time after it has gone through the stripes.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The thread wakes in time.")
@Outcome(expect = FORBIDDEN, desc = "The deadline is late.")
@State
public class AddVsRun {
  private final IdleTimer timer = new IdleTimer(16, Duration.ofSeconds(3));

  public AddVsRun() {
    timer.run(Duration.ZERO);
  }

  @Actor
  public void add() {
    timer.add(0);
  }

  @Actor
  public void run() {
    timer.run(Duration.ofSeconds(2));
  }

  @Arbiter
  public void left(Z_Result r) {
    r.r1 = timer.wakesInTime();
  }
}
