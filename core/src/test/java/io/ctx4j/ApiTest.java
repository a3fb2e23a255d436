package io.ctx4j;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.ctx4j.testing.ModuleClasses;
import io.ctx4j.testing.PublicApi;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final ModuleClasses CORE = ModuleClasses.of(Ctx.class);

  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() {
    PublicApi.assertAsInTheFile(ApiTest.class, CORE.in("io.ctx4j"));
  }

  @Test
  @DisplayName("§1 to drop what a context derives is a mistake that Error Prone finds")
  void derivations_areToBeUsed() {
    methods()
        .that()
        .areDeclaredIn(Ctx.class)
        .and()
        .haveRawReturnType(assignableTo(Ctx.class).or(assignableTo(Publisher.class)))
        .and()
        .haveNameNotMatching("background|todo|root")
        .should()
        .beAnnotatedWith(CheckReturnValue.class)
        .check(CORE.all());
  }

  @Test
  @DisplayName("§1 at most 14 public types in io.ctx4j")
  void publicTypes_atMostFourteen() {
    assertThat(CORE.all().stream()
            .filter(type -> type.getPackageName().equals("io.ctx4j"))
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName))
        .hasSizeLessThanOrEqualTo(14);
  }

  @Test
  @DisplayName("§1 core depends on java, org.reactivestreams and JSpecify's annotations alone")
  void dependencies_areFew() {
    CORE.dependOn("java..", "org.reactivestreams..", "org.jspecify..", "io.ctx4j..");
  }

  @Test
  @DisplayName("§1 packages do not depend on each other in circles")
  void packages_haveNoCycles() {
    slices()
        .matching("(**)")
        .should()
        .beFreeOfCycles()
        .ignoreDependency(
            nameStartingWith(BoundSubscriber.class.getName()),
            alwaysTrue()) // an adapter in the core
        .check(CORE.all());
  }

  /** What docs/architecture.md draws together; every other file is a room of its own. */
  private static final List<List<String>> ROOMS = List.of(
      List.of("Ctx", "CancelCtx", "TimeSource"),
      List.of("CtxException", "CanceledException", "DeadlineExceededException"),
      List.of("Path", "MergePath", "DeadlinePath", "FarDeadline", "ValueLookup", "ValueIndex"),
      List.of(
          "Node",
          "MergedNode",
          "Sharing",
          "Stripe",
          "Cancellation",
          "Marking",
          "LinkQueue",
          "DoneListener",
          "Callback"),
      List.of(
          "SystemTime",
          "TimerStripe",
          "TimerWheel",
          "TimedNode",
          "UserTimedNode",
          "CallbackWorkers"),
      List.of("Handle", "CancelableHandle", "DonePublisher", "DoneSubscription", "DoneWait"),
      List.of("BoundPublisher", "BoundSubscriber"),
      List.of("CtxGroup", "GroupTask"),
      List.of("StreamEnd", "SubscriptionWait"));

  private static final class ByRoom implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      JavaClass file = type;
      while (file.getEnclosingClass().isPresent()) {
        file = file.getEnclosingClass().get();
      }
      String name = file.getSimpleName();
      return SliceIdentifier.of(ROOMS.stream()
          .filter(room -> room.contains(name))
          .findFirst()
          .map(List::toString)
          .orElse(name));
    }

    @Override
    public String getDescription() {
      return "the rooms of core";
    }
  }

  @Test
  @DisplayName(
      "§1 rooms lead to each other one way, but for the arrows that docs/architecture.md names")
  void rooms_haveNoCycles() {
    slices()
        .assignedFrom(new ByRoom())
        .should()
        .beFreeOfCycles()
        .ignoreDependency(Ctx.class, Handle.class)
        .ignoreDependency(TimeSource.class, SystemTime.class)
        .ignoreDependency(DoneListener.class, Handle.class)
        .ignoreDependency(Cancellation.class, SystemTime.class)
        .check(CORE.all());
  }
}
