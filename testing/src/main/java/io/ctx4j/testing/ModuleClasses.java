package io.ctx4j.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Objects.requireNonNull;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.stream.Stream;

/** The classes of a module, and what its ApiTest asks of them. */
public final class ModuleClasses {
  private final JavaClasses all;

  private ModuleClasses(JavaClasses all) {
    this.all = all;
  }

  /** Those that lie where this one does; tests lie elsewhere. */
  public static ModuleClasses of(Class<?> one) {
    return new ModuleClasses(new ClassFileImporter()
        .importUrl(requireNonNull(one.getProtectionDomain().getCodeSource()).getLocation()));
  }

  /** For rules that are one module's alone. */
  public JavaClasses all() {
    return all;
  }

  /** For {@link PublicApi}. */
  public Stream<Class<?>> in(String... packages) {
    return all.stream()
        .filter(type -> List.of(packages).contains(type.getPackageName()))
        .map(JavaClass::reflect);
  }

  /** Fails where one depends on a class outside of these packages. */
  public void dependOn(String... packages) {
    classes().should().onlyDependOnClassesThat().resideInAnyPackage(packages).check(all);
  }

  /**
   * Fails where another one depends on these packages: what is optional stays where it is asked for
   * first.
   *
   * @param classes a pattern for their names; what is nested in them matches, too
   */
  public void onlyIn(String classes, String... packages) {
    noClasses()
        .that()
        .haveNameNotMatching("(" + classes + ")(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .check(all);
  }
}
