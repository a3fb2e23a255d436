package io.ctx4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The text of an API shows what a caller has to know of it. */
@NullMarked
public class PublicApiTest {
  @Test
  @DisplayName(
      "nullness is shown wherever it stands: results, parameters, type arguments, bounds, arrays")
  void describe_nullness_isShown() {
    assertThat(PublicApi.describe(Stream.of(Sample.class)))
        .containsExactly(
            "public abstract static interface io.ctx4j.testing.PublicApiTest$Sample<T>"
                + " < java.util.function.Supplier<java.util.List<@Nullable T>>",
            "  public abstract <S extends @Nullable java.lang.Object, X extends java.lang.Exception> S"
                + " bounded(java.util.function.Function<? super S, ? extends @Nullable java.lang.Throwable> f)",
            "  public abstract @Nullable T result(java.util.List<?> any)",
            "  public abstract @Nullable T[] elements(java.lang.String @Nullable [] array)");
  }

  @Test
  @DisplayName("what nobody outside can name is not shown: types, members, supertypes")
  void describe_hidden_isLeftOut() {
    assertThat(PublicApi.describe(Stream.of(Hidden.class, Visible.class)))
        .containsExactly(
            "public static final class io.ctx4j.testing.PublicApiTest$Visible",
            "  public Visible()");
  }

  /** Every place where a nullness can stand. */
  public interface Sample<T> extends Supplier<List<@Nullable T>> {
    @Nullable T result(List<?> any);

    @Nullable T[] elements(String @Nullable [] array);

    <S extends @Nullable Object, X extends Exception> S bounded(
        Function<? super S, ? extends @Nullable Throwable> f);
  }

  static class Hidden {}

  /** A type with a supertype of nobody's business. */
  public static final class Visible extends Hidden {
    public Visible() {}

    void hidden() {}
  }
}
