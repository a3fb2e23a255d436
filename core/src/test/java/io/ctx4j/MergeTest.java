package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A context derived from several. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class MergeTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Instant START = HookedTime.START;

  private final CancelCtx a = Ctx.background().withName("a").withCancel();
  private final CancelCtx b = Ctx.background().withName("b").withCancel();
  private final CancelCtx c = Ctx.background().withName("c").withCancel();
  private final HookedTime time = new HookedTime();
  private final Exception why = new Exception("why");

  /** Equal to another of the same clock. */
  private record Equal(HookedTime clock) implements TimeSource {
    @Override
    public Instant now() {
      return clock.now();
    }

    @Override
    public long nanoTime() {
      return clock.nanoTime();
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      return clock.schedule(task, delay);
    }
  }

  private void assertNothingIsLeft() {
    for (CancelCtx parent : new CancelCtx[] {a, b, c}) {
      assertThat(parent.tree().lines()).hasSizeLessThanOrEqualTo(1);
      assertThat(parent.tree()).doesNotContain("merge");
    }
  }

  @Test
  @DisplayName("C24 it is done with the first parent that is, with that one's err and cause")
  void merge_anyParentEnds_isDoneWithIt() {
    for (int i = 0; i < 3; i++) {
      CancelCtx[] parents = new CancelCtx[3];
      Arrays.setAll(parents, each -> Ctx.background().withCancel());
      CancelCtx merged = Ctx.merge(parents[0], parents[1], parents[2]);
      CancelCtx below = merged.withCancel();
      assertThat(merged.isDone()).isFalse();

      parents[i].cancel(why);
      parents[(i + 1) % 3].cancel(new Exception("later"));

      assertThat(merged.err()).isNotNull().isSameAs(parents[i].err()).isSameAs(below.err());
      assertThat(merged.cause()).isSameAs(why);
      assertThat(parents[(i + 2) % 3].isDone()).isFalse();
    }
  }

  @Test
  @DisplayName("C24 of those done before the call, the first in the list")
  void merge_ofDone_isDoneWithTheFirstInTheList() {
    c.cancel(new Exception("earlier"));
    b.cancel(why);

    assertThat(Ctx.merge(a, b, c).err()).isSameAs(b.err());
    assertThat(Ctx.merge(a, b, c).cause()).isSameAs(why);
    assertThat(Ctx.merge(c, a, b).err()).isSameAs(c.err());
    assertThat(Ctx.merge(a, Ctx.background(), a, c, b).err()).isSameAs(c.err());
    assertThat(Ctx.merge(a, b).cancel()).isFalse();
    assertNothingIsLeft();
  }

  @Test
  @DisplayName("C24 canceling it touches no parent, and nothing stays registered on any")
  void cancel_leavesEveryParent() {
    CancelCtx merged = Ctx.merge(a, b, c);
    assertThat(b.tree().lines()).hasSize(2);

    assertThat(merged.cancel(why)).isTrue();

    assertThat(merged.cause()).isSameAs(why);
    assertThat(a.isDone() || b.isDone() || c.isDone()).isFalse();
    assertNothingIsLeft();
  }

  @Test
  @DisplayName("C24 ended by one parent it leaves the others")
  void cancel_ofOneParent_leavesTheOthers() {
    CancelCtx merged = Ctx.merge(a, b, c);
    Ctx.merge(merged, c).withCancel();

    b.close();

    assertThat(merged.err()).isSameAs(b.err());
    assertNothingIsLeft();
  }

  @Test
  @DisplayName("C24 ended from further up it leaves the others")
  void cancel_ofGrandparent_leavesTheOthers() {
    CancelCtx merged = Ctx.merge(c, a.withCancel().withValue(USER, "u").withCancel());

    a.cancel();

    assertThat(merged.err()).isSameAs(a.err());
    assertNothingIsLeft();
  }

  @Test
  @DisplayName("C24 ended by a deadline it leaves the others")
  void deadline_ofOneParent_leavesTheOthers() {
    CancelCtx timed = Ctx.root(time).withTimeout(SECOND, () -> why);
    CancelCtx merged = Ctx.merge(a, timed);
    CancelCtx ownDeadline = Ctx.merge(timed.withoutCancel(), a).withTimeout(SECOND);

    time.advance(SECOND);

    assertThat(merged.cause()).isSameAs(why);
    assertThat(ownDeadline.isDone()).isTrue();
    assertThat(a.tree().lines()).hasSize(2); // the merged one between is live
    assertThat(a.isDone()).isFalse();
  }

  @Test
  @DisplayName("C24 the same parent twice, and a parent's ancestor, are one and the same end")
  void merge_sameTwice_isToldOnce() {
    var told = new AtomicInteger();
    CancelCtx child = a.withCancel();
    CancelCtx merged = Ctx.merge(a, a, child, a.withValue(USER, "u"), child.withName("n"));
    merged.onDone(told::incrementAndGet);

    a.cancel();

    assertThat(merged.err()).isSameAs(a.err());
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C24 the same parent twice: canceled, it leaves it whole")
  void merge_sameTwiceCanceled_leavesIt() {
    CancelCtx merged = Ctx.merge(a, a, a);
    CancelCtx child = a.withCancel();

    merged.cancel();

    assertThat(a.tree().lines()).hasSize(2);
    a.cancel();
    assertThat(child.isDone()).isTrue();
  }

  @Test
  @DisplayName("C24 of contexts that can never be done it can still be canceled")
  void merge_ofBackgrounds_isCancelable() {
    CancelCtx merged = Ctx.merge(Ctx.background(), Ctx.todo());

    assertThat(merged.isCancelable()).isTrue();
    assertThat(merged.isDone()).isFalse();
    assertThat(merged.cancel()).isTrue();
  }

  @Test
  @DisplayName("C24 its time source is that of the first")
  void merge_timeSource_isTheFirsts() {
    CancelCtx merged = Ctx.merge(Ctx.root(time), a);
    CancelCtx other = Ctx.merge(a, Ctx.root(time));

    CancelCtx timed = merged.withTimeout(SECOND);
    other.withTimeout(Duration.ofHours(1)).cancel();

    assertThat(time.delays()).containsExactly(SECOND);
    time.advance(SECOND);
    assertThat(timed.isDone()).isTrue();
    assertThat(merged.isDone()).isFalse();
  }

  @Test
  @DisplayName("C24 its deadline is the earliest of the parents, and counts for C13")
  void merge_deadline_isTheEarliest() {
    Ctx root = Ctx.root(time);
    CancelCtx merged =
        Ctx.merge(root.withTimeout(SECOND.multipliedBy(3)), a, root.withTimeout(SECOND), root);

    assertThat(merged.deadline()).isEqualTo(START.plus(SECOND));
    assertThat(merged.remaining()).isEqualTo(SECOND);
    CancelCtx later = merged.withTimeout(SECOND.multipliedBy(2));
    assertThat(later.toString()).endsWith(".withCancel");
    assertThat(time.delays()).hasSize(2);
    time.advance(SECOND);
    assertThat(merged.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(later.err()).isSameAs(merged.err());
  }

  @Test
  @DisplayName(
      "C24 a parent on another time source ends it, but its deadline neither shows nor counts")
  void merge_otherTimeSource_deadlineDoesNotShow() {
    var otherTime = new HookedTime();
    CancelCtx timed = Ctx.root(otherTime).withTimeout(SECOND);
    CancelCtx merged = Ctx.merge(Ctx.root(time).withCancel(), timed);
    CancelCtx mine = Ctx.merge(Ctx.root(time).withTimeout(SECOND.multipliedBy(9)), timed);

    assertThat(merged.deadline()).isNull();
    assertThat(merged.remaining()).isNull();
    assertThat(mine.deadline()).isEqualTo(START.plusSeconds(9));
    CancelCtx child = merged.withTimeout(SECOND.multipliedBy(5));
    assertThat(child.deadline()).isEqualTo(START.plusSeconds(5));
    assertThat(time.delays()).contains(SECOND.multipliedBy(5));

    otherTime.advance(SECOND);
    assertThat(merged.err()).isNotNull().isSameAs(timed.err()).isSameAs(child.err());
    assertThat(mine.err()).isSameAs(timed.err());
  }

  @Test
  @DisplayName("C24 a parent on an equal time source counts as one on the same")
  void merge_equalTimeSource_deadlineShows() {
    Ctx first = Ctx.root(new Equal(time)).withTimeout(SECOND.multipliedBy(2));
    Ctx second = Ctx.root(new Equal(time)).withTimeout(SECOND);

    assertThat(Ctx.merge(first, second).deadline()).isEqualTo(START.plus(SECOND));
    assertThat(Ctx.merge(Ctx.root(TimeSource.system()), Ctx.background().withTimeout(SECOND)))
        .satisfies(merged -> assertThat(merged.deadline()).isNotNull());
  }

  @Test
  @DisplayName("C14 under a merged context whose parent's deadline has passed unnoticed")
  void withTimeout_underOverdueMerged_isDoneByItsOwn() {
    CancelCtx merged = Ctx.merge(Ctx.root(time).withTimeout(SECOND), a);
    time.pass(SECOND.multipliedBy(2));

    assertThat(merged.isDone()).isFalse();
    assertThat(merged.withTimeout(Duration.ZERO).isDone()).isTrue();
    assertThat(merged.withTimeout(SECOND).isDone()).isFalse();
  }

  @Test
  @DisplayName("C24 the array given for the rest is the caller's: changed later it changes nothing")
  void merge_arrayChangedLater_changesNothing() {
    Ctx[] more = {c.withValue(USER, "u")};
    CancelCtx merged = Ctx.merge(a, b, more);
    more[0] = Ctx.background().withValue(USER, "wrong");

    assertThat(merged.value(USER)).isEqualTo("u");
    assertThat(merged.toString()).contains("named(c)");
    c.cancel();
    assertThat(merged.isDone()).isTrue();
  }

  @Test
  @DisplayName("C36 the name of a merged context is that of the first parent that has one")
  void merge_names_isTheFirst() {
    CancelCtx unnamed = Ctx.merge(Ctx.background(), Ctx.todo());
    CancelCtx named =
        Ctx.merge(Ctx.background(), Ctx.todo().withName("b"), Ctx.todo().withName("c"));

    unnamed.cancel();
    named.cancel();

    assertThat(unnamed.err()).hasMessage("context canceled");
    assertThat(named.err()).hasMessage("context canceled (b)");
  }
}
