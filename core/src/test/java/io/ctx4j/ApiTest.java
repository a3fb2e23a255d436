package io.ctx4j;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;

/** The public API, as the file api.txt has it, and what the code depends on. */
class ApiTest {
  private static final JavaClasses CORE = new ClassFileImporter()
      .importUrl(requireNonNull(Ctx.class.getProtectionDomain().getCodeSource()).getLocation());

  /** After a wanted change copy target/api.txt, which this writes, over the file. */
  @Test
  @DisplayName("§1 the public API is what api.txt says")
  void api_isAsInTheFile() throws IOException {
    List<String> actual = CORE.stream()
        .map(JavaClass::reflect)
        .filter(type -> type.getPackageName().equals("io.ctx4j") && isPublic(type))
        .sorted((a, b) -> a.getName().compareTo(b.getName()))
        .flatMap(ApiTest::describe)
        .toList();
    Path target = Path.of("target");
    if (Files.isDirectory(target)) {
      Files.write(target.resolve("api.txt"), actual);
    }
    try (InputStream file = requireNonNull(ApiTest.class.getResourceAsStream("/api.txt"))) {
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
            Stream.ofNullable(type.isInterface() ? null : publicSuperclass(type)),
            Arrays.stream(type.getGenericInterfaces()))
        .map(each -> " < " + each.getTypeName())
        .collect(Collectors.joining());
    Stream<String> members = Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
        .filter(each -> (each.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
        .filter(each -> !each.isSynthetic())
        .map(ApiTest::describe);
    Stream<String> fields = Arrays.stream(type.getDeclaredFields())
        .filter(each -> (each.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
        .map(each -> "  " + each.toGenericString());
    // newer JDKs say it themselves, elsewhere
    String kind = (type.isSealed() ? "sealed " : "")
        + type.toGenericString().replaceFirst("(non-)?sealed ", "");
    return Stream.concat(Stream.of(kind + above), Stream.concat(fields, members).sorted());
  }

  /** A superclass that users do not see is none of the API. */
  private static Type publicSuperclass(Class<?> type) {
    Class<?> above = type.getSuperclass();
    return isPublic(above) ? type.getGenericSuperclass() : publicSuperclass(above);
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
        .check(CORE);
  }

  @Test
  @DisplayName("§1 at most 14 public types in io.ctx4j")
  void publicTypes_atMostFourteen() {
    assertThat(CORE.stream()
            .filter(type -> type.getPackageName().equals("io.ctx4j"))
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName))
        .hasSizeLessThanOrEqualTo(14);
  }

  @Test
  @DisplayName("§1 core depends on java, org.reactivestreams and JSpecify's annotations alone")
  void dependencies_areFew() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.reactivestreams..", "org.jspecify..", "io.ctx4j..")
        .check(CORE);
  }

  @Test
  @DisplayName("§1 packages do not depend on each other in circles")
  void packages_haveNoCycles() {
    slices().matching("(**)").should().beFreeOfCycles().check(CORE);
  }
}
