package io.ctx4j.testing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.TypeVariable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A module's public API as text, so that a review shows every change to it. */
public final class PublicApi {
  private PublicApi() {}

  /**
   * Compares the public ones of these types with the resource api.txt of the test.
   *
   * <p>After a wanted change copy target/api.txt, which this writes, over the file.
   */
  public static void assertAsInTheFile(Class<?> test, Stream<? extends Class<?>> types)
      throws IOException {
    List<String> actual = types
        .filter(PublicApi::isPublic)
        .sorted((a, b) -> a.getName().compareTo(b.getName()))
        .flatMap(PublicApi::describe)
        .toList();
    Path target = Path.of("target");
    if (Files.isDirectory(target)) {
      Files.write(target.resolve("api.txt"), actual);
    }
    try (InputStream file = requireNonNull(test.getResourceAsStream("/api.txt"))) {
      var expected = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(String.join("\n", actual)).isEqualTo(expected.strip());
    }
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      if (!Modifier.isPublic(each.getModifiers())) {
        return false;
      }
    }
    return !type.isSynthetic();
  }

  private static Stream<String> describe(Class<?> type) {
    String above = Stream.concat(
            Stream.ofNullable(type.getGenericSuperclass()),
            Arrays.stream(type.getGenericInterfaces()))
        .map(each -> " < " + each.getTypeName())
        .collect(Collectors.joining());
    Stream<String> members = Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
        .filter(each -> (each.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
        .filter(each -> !each.isSynthetic())
        .map(PublicApi::describe);
    Stream<String> fields = Arrays.stream(type.getDeclaredFields())
        .filter(each -> (each.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
        .map(each -> "  " + each.toGenericString());
    // newer JDKs say it themselves, elsewhere
    String kind = (type.isSealed() ? "sealed " : "")
        + type.toGenericString().replaceFirst("(non-)?sealed ", "");
    return Stream.concat(Stream.of(kind + above), Stream.concat(fields, members).sorted());
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
            .map(TypeVariable::getName)
            .collect(Collectors.joining(", ", "<", "> "));
  }

  private static String describe(AnnotatedType type) {
    return (isNullable(type) ? "@Nullable " : "") + type.getType().getTypeName();
  }

  private static boolean isNullable(AnnotatedElement element) {
    return element.isAnnotationPresent(Nullable.class);
  }
}
