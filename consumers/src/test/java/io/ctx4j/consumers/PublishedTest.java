package io.ctx4j.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * What each module would publish is what a central repository asks for, short of the signatures.
 */
class PublishedTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  /** All of the parent's modules but those that say that they are not deployed. */
  static List<String> published() throws Exception {
    return texts(pom(ROOT.resolve("pom.xml")), "module").stream()
        .filter(module -> !isInternal(ROOT.resolve(module).resolve("pom.xml")))
        .toList();
  }

  static List<String> jars() throws Exception {
    return published().stream().filter(module -> !module.equals("bom")).toList();
  }

  @ParameterizedTest
  @MethodSource("published")
  @DisplayName(
      "a published POM stands alone and says whose it is, where it lives and under which license")
  void pom_published_isComplete(String module) throws Exception {
    Document pom = flattened(module);

    assertThat(texts(pom, "project/name")).hasSize(1);
    assertThat(texts(pom, "project/description")).hasSize(1);
    assertThat(texts(pom, "project/url")).containsExactly("https://ctx4j.example");
    assertThat(texts(pom, "licenses/license/name")).containsExactly("Apache-2.0");
    assertThat(texts(pom, "developers/developer/name")).isNotEmpty();
    assertThat(texts(pom, "scm/connection")).hasSize(1);
    assertThat(texts(pom, "scm/url")).hasSize(1);
    assertThat(texts(pom, "issueManagement/url")).hasSize(1);
    assertThat(texts(pom, "parent")).isEmpty();
    assertThat(texts(pom, "build")).isEmpty();
    assertThat(texts(pom, "repositories")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("jars")
  @DisplayName("a published POM names its dependencies' versions and has none of its tests'")
  void dependencies_published_areResolved(String module) throws Exception {
    Document pom = flattened(module);

    assertThat(texts(pom, "dependencyManagement")).isEmpty();
    assertThat(texts(pom, "dependency/version"))
        .hasSameSizeAs(texts(pom, "dependency/artifactId"))
        .noneMatch(version -> version.contains("${"));
    assertThat(texts(pom, "dependency/scope")).doesNotContain("test", "system");
  }

  @ParameterizedTest
  @MethodSource("jars")
  @DisplayName(
      "each jar has its sources and its javadoc beside it, and its license and notice inside")
  void jar_published_isComplete(String module) throws Exception {
    String artifact = texts(flattened(module), "project/artifactId").get(0);
    String version = texts(flattened(module), "project/version").get(0);
    Path target = ROOT.resolve(module).resolve("target");

    for (String classifier : List.of("", "-sources", "-javadoc")) {
      Path jar = target.resolve(artifact + "-" + version + classifier + ".jar");
      assertThat(jar).exists();
      if (!classifier.equals("-javadoc")) {
        assertThat(entries(jar)).contains("META-INF/LICENSE", "META-INF/NOTICE");
      }
    }
  }

  @Test
  @DisplayName("the BOM has every published artifact, and nothing else")
  void bom_published_isComplete() throws Exception {
    var artifacts = jars().stream()
        .map(module -> texts(flattened(module), "project/artifactId").get(0))
        .toList();

    assertThat(texts(flattened("bom"), "dependency/artifactId"))
        .containsExactlyInAnyOrderElementsOf(artifacts);
  }

  @Test
  @DisplayName("-Prelease: all of it, with checksums, stands in one repository")
  void staging_release_isComplete() throws Exception {
    String staging = System.getProperty("staging");
    assumeThat(staging).as("only with -Prelease").isNotNull();

    for (String module : published()) {
      String artifact = texts(flattened(module), "project/artifactId").get(0);
      try (Stream<Path> files =
          Files.walk(Path.of(staging, "io", "ctx4j", artifact)).filter(Files::isRegularFile)) {
        List<String> names = files.map(file -> file.getFileName().toString()).toList();
        assertThat(names).anyMatch(name -> name.endsWith(".pom"));
        assertThat(names).anyMatch(name -> name.endsWith(".pom.sha1"));
        if (!module.equals("bom")) {
          assertThat(names)
              .anyMatch(name -> name.endsWith("-sources.jar"))
              .anyMatch(name -> name.endsWith("-javadoc.jar"));
        }
      }
    }
    try (Stream<Path> artifacts = Files.list(Path.of(staging, "io", "ctx4j"))) {
      assertThat(artifacts).hasSameSizeAs(published());
    }
  }

  private static boolean isInternal(Path pom) {
    return texts(pom(pom), "maven.deploy.skip").contains("true");
  }

  private static Document flattened(String module) {
    return pom(ROOT.resolve(module).resolve(".flattened-pom.xml"));
  }

  private static Document pom(Path file) {
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    } catch (Exception e) {
      throw new AssertionError(file + ": run from mvn verify, which packages first", e);
    }
  }

  /** The texts of the elements that stand at the end of this path, anywhere. */
  private static List<String> texts(Document document, String path) {
    String[] names = path.split("/");
    var found = document.getElementsByTagName(names[names.length - 1]);
    return Stream.iterate(0, i -> i + 1)
        .limit(found.getLength())
        .map(i -> (Element) found.item(i))
        .filter(element -> names.length == 1 || isBelow(element, names))
        .map(element -> element.getTextContent().strip())
        .toList();
  }

  private static boolean isBelow(Element element, String[] names) {
    Node node = element;
    for (int i = names.length - 2; i >= 0; i--) {
      node = node.getParentNode();
      if (!node.getNodeName().equals(names[i])) {
        return false;
      }
    }
    return true;
  }

  private static List<String> entries(Path jar) throws IOException {
    try (var file = new JarFile(jar.toFile())) {
      return file.stream().map(ZipEntry::getName).toList();
    }
  }
}
