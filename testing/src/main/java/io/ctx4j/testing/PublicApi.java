package io.ctx4j.testing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A module's public API as text: a line for each public type, then one for each public or protected
 * member, with its nullness.
 *
 * <p>It stands in the module's {@code src/test/resources/api.txt}, so that a review shows every
 * change to it.
 */
public final class PublicApi {
  private PublicApi() {}

  /**
   * Fails where the public ones of these types are not what {@code /api.txt} beside the test says.
   *
   * <p>After a wanted change copy {@code target/api.txt}, which this writes, over the file.
   */
  public static void assertAsInTheFile(Class<?> test, Stream<? extends Class<?>> types) {
    List<String> actual = describe(types);
    try (InputStream file = requireNonNull(test.getResourceAsStream("/api.txt"), "api.txt")) {
      Path target = Path.of("target");
      if (Files.isDirectory(target)) {
        Files.write(target.resolve("api.txt"), actual);
      }
      var expected = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(String.join("\n", actual)).isEqualTo(expected.strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> describe(Stream<? extends Class<?>> types) {
    return types
        .filter(PublicApi::isPublic)
        .sorted(Comparator.comparing(Class::getName))
        .flatMap(PublicApi::describe)
        .toList();
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      if (!isVisible(each.getModifiers())) {
        return false;
      }
    }
    return !type.isSynthetic();
  }

  private static boolean isVisible(int modifiers) {
    return (modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
  }

  private static Stream<String> describe(Class<?> type) {
    // a supertype that nobody outside can name is no part of the API
    String above = Stream.concat(
            Stream.ofNullable(type.getAnnotatedSuperclass()),
            Arrays.stream(type.getAnnotatedInterfaces()))
        .filter(each -> isPublic(raw(each)))
        .map(each -> " < " + describe(each))
        .collect(Collectors.joining());
    Stream<String> members = Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
        .filter(each -> isVisible(each.getModifiers()) && !each.isSynthetic())
        .map(PublicApi::describe);
    Stream<String> fields = Arrays.stream(type.getDeclaredFields())
        .filter(each -> isVisible(each.getModifiers()))
        .map(each -> "  " + each.toGenericString());
    // newer JDKs say it themselves, elsewhere
    String kind = (type.isSealed() ? "sealed " : "")
        + type.toGenericString().replaceFirst("(non-)?sealed ", "");
    return Stream.concat(Stream.of(kind + above), Stream.concat(fields, members).sorted());
  }

  private static Class<?> raw(AnnotatedType type) {
    return (Class<?>)
        (type.getType() instanceof ParameterizedType generic
            ? generic.getRawType()
            : type.getType());
  }

  private static String describe(Executable member) {
    String modifiers = Modifier.toString(member.getModifiers() & ~Modifier.TRANSIENT);
    String result = member instanceof Method method
        ? (method.isDefault() ? "default " : "") + describe(method.getAnnotatedReturnType()) + " "
        : "";
    String parameters = Arrays.stream(member.getParameters())
        .map(each -> describe(each.getAnnotatedType()) + " " + each.getName())
        .collect(Collectors.joining(", "));
    String name =
        member instanceof Method ? member.getName() : member.getDeclaringClass().getSimpleName();
    return "  " + modifiers + " " + typeParameters(member) + result + name + "(" + parameters + ")";
  }

  private static String typeParameters(Executable member) {
    return member.getTypeParameters().length == 0
        ? ""
        : Arrays.stream(member.getTypeParameters())
            .map(each -> each.getName() + bounds(" extends ", each.getAnnotatedBounds()))
            .collect(Collectors.joining(", ", "<", "> "));
  }

  private static String describe(AnnotatedType type) {
    if (type instanceof AnnotatedArrayType array) {
      return describe(array.getAnnotatedGenericComponentType())
          + (isNullable(type) ? " @Nullable " : "")
          + "[]";
    }
    String name = type.getType().getTypeName();
    if (type instanceof AnnotatedParameterizedType generic) {
      name = raw(type).getName()
          + Arrays.stream(generic.getAnnotatedActualTypeArguments())
              .map(PublicApi::describe)
              .collect(Collectors.joining(", ", "<", ">"));
    } else if (type instanceof AnnotatedWildcardType wildcard) {
      name = "?"
          + bounds(" super ", wildcard.getAnnotatedLowerBounds())
          + bounds(" extends ", wildcard.getAnnotatedUpperBounds());
    }
    return (isNullable(type) ? "@Nullable " : "") + name;
  }

  private static String bounds(String word, AnnotatedType[] bounds) {
    if (bounds.length == 0 || describe(bounds[0]).equals("java.lang.Object")) {
      return "";
    }
    return Arrays.stream(bounds)
        .map(PublicApi::describe)
        .collect(Collectors.joining(" & ", word, ""));
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }
}
