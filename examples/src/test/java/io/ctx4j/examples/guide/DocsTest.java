package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What the docs show compiles: each block of Java or Kotlin, of a page or of javadoc, is a region
 * of a guide or of its test.
 */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern REGION =
      Pattern.compile("(?ms)^ *// region (\\w+)\\n(.*?)^ *// endregion$");
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^(?:<!-- (\\w+)#(\\w+) -->\\n)?```(?:java|kotlin)\\n(.*?)^```$");

  /** A comment, and the line that it is about. */
  private static final Pattern JAVADOC = Pattern.compile("(?s)/\\*\\*(.*?)\\*/\\s*(.*?)[{;]");

  private static final Pattern EXAMPLE =
      Pattern.compile("(?ms)^ *\\* <pre>\\{@code\\n(.*?)^ *\\* }</pre>$");

  /**
   * What gives a stream a context, and a context a child: nobody should have to guess how it is
   * called.
   */
  private static final Map<String, Pattern> OPERATORS = Map.of(
      "core/src/main/java/io/ctx4j/Ctx.java",
      Pattern.compile(" (root|merge|with\\w+)\\("),
      "reactor-adapter/src/main/java/io/ctx4j/reactor/CtxOps.java",
      Pattern.compile("^public static "),
      "rxjava-adapter/src/main/java/io/ctx4j/rxjava3/RxCtxOps.java",
      Pattern.compile("^public static "));

  private static final Pattern LINK =
      Pattern.compile("]\\((?!https?:|mailto:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\\n]*`");
  /** Beside its dot. */
  private static final Pattern FIGURE = Pattern.compile("(?m)^<circle.*\\R<text.*>(.* ns)</text>$");

  private static final Pattern ARTIFACT = Pattern.compile("\\bctx4j-(?!\\d)[a-z0-9-]+");
  private static final Pattern VERSION = Pattern.compile("<version>(.*)</version>");
  /** Of the BOM, as Maven and Gradle have it. */
  private static final Pattern SHOWN_VERSION =
      Pattern.compile("ctx4j-bom(?:</artifactId>\\s*<version>|:)([\\w.-]+)");

  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  @Test
  @DisplayName(
      "every block of Java or Kotlin in README and docs, and every example of javadoc, is a region")
  void blocks_areRegions() throws IOException {
    Map<String, String> regions = regions();
    List<String> shown = new ArrayList<>();
    for (Path page : pages()) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        String name = block.group(1) + "#" + block.group(2);
        assertThat(regions).as(page.getFileName() + " shows a region").containsKey(name);
        assertThat(block.group(3))
            .as(page.getFileName() + " shows " + name)
            .isEqualTo(regions.get(name));
        shown.add(name);
      }
    }
    for (Path source : sources()) {
      Matcher example = EXAMPLE.matcher(Files.readString(source));
      while (example.find()) {
        String text = example.group(1).replaceAll("(?m)^ *\\* ?", "");
        List<String> names = regions.keySet().stream()
            .filter(name -> text.equals(regions.get(name)))
            .toList();
        assertThat(names).as(source.getFileName() + " shows a region:\n" + text).isNotEmpty();
        shown.addAll(names);
      }
    }
    assertThat(shown).as("no guide has a region that nothing shows").containsAll(regions.keySet());
  }

  @Test
  @DisplayName(
      "every operator, and every way to derive a context, has an example in its javadoc, or in that of an overload")
  void operators_haveExamples() throws IOException {
    for (Map.Entry<String, Pattern> operators : OPERATORS.entrySet()) {
      Map<String, Boolean> shown = new HashMap<>();
      Matcher javadoc = JAVADOC.matcher(Files.readString(ROOT.resolve(operators.getKey())));
      while (javadoc.find()) {
        if (operators.getValue().matcher(javadoc.group(2)).find()) {
          String name = javadoc.group(2).replaceAll("(?s)\\(.*", "").replaceAll("(?s).*\\s", "");
          shown.merge(name, EXAMPLE.matcher(javadoc.group(1)).find(), Boolean::logicalOr);
        }
      }
      assertThat(shown).hasSizeGreaterThanOrEqualTo(4).doesNotContainValue(false);
    }
  }

  @Test
  @DisplayName("every relative link of a page leads to a file, and to a heading in it")
  void relativeLinks_leadSomewhere() throws IOException {
    int links = 0;
    for (Path page : pages()) {
      Matcher link = LINK.matcher(withoutCode(page));
      while (link.find()) {
        Path target =
            link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
        assertThat(target).as(page.getFileName() + " links to " + link.group()).exists();
        if (link.group(2) != null) {
          assertThat(anchors(target))
              .as(page.getFileName() + " links to " + link.group())
              .contains(link.group(2));
        }
        links++;
      }
    }
    assertThat(links).isGreaterThanOrEqualTo(20);
  }

  @Test
  @DisplayName("no page has what a merge could not settle")
  void pages_haveNoConflicts() throws IOException {
    for (Path page : pages()) {
      assertThat(Files.readString(page))
          .as(page.toString())
          .doesNotContainPattern("(?m)^(<{7}|={7}|>{7})( |$)");
    }
  }

  @Test
  @DisplayName("the chart has the figures of docs/benchmarks.md, also for who cannot see it")
  void chart_isOfThePagesFigures() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/benchmarks.md"));
    String chart = Files.readString(ROOT.resolve("docs/benchmarks.svg"));
    String description = chart.substring(chart.indexOf("<desc"), chart.indexOf("</desc>"));
    List<String> figures =
        FIGURE.matcher(chart).results().map(dot -> dot.group(1)).toList();
    assertThat(chart).contains("role=\"img\"", "<title");
    assertThat(figures).hasSizeGreaterThanOrEqualTo(14).allSatisfy(figure -> {
      assertThat(page).contains("| " + figure + " |");
      assertThat(description).contains(", " + figure);
    });
  }

  @Test
  @DisplayName("what README says to add is what the BOM has, in the version that is built")
  void readme_dependencies_areTheBoms() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String version = first(VERSION, Files.readString(ROOT.resolve("pom.xml")));
    assertThat(SHOWN_VERSION.matcher(readme).results().map(shown -> shown.group(1)))
        .hasSize(2)
        .containsOnly(version);
    assertThat(ARTIFACT.matcher(readme).results().map(MatchResult::group).distinct())
        .hasSizeGreaterThanOrEqualTo(6)
        .isSubsetOf(ARTIFACT
            .matcher(Files.readString(ROOT.resolve("bom/pom.xml")))
            .results()
            .map(MatchResult::group)
            .toList());
  }

  private static String first(Pattern pattern, String text) {
    return pattern.matcher(text).results().findFirst().orElseThrow().group(1);
  }

  private static String withoutCode(Path page) throws IOException {
    return CODE.matcher(Files.readString(page)).replaceAll("");
  }

  /** As the forges make them: lower case, of words, hyphens for spaces. */
  private static List<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(Files.readString(page))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w\\s-]", "").replace(' ', '-'))
        .toList();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> root = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      Stream.concat(root, docs).filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }

  /** The main sources of all modules. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path main : modules.map(module -> module.resolve("src/main/java")).toList()) {
        if (Files.isDirectory(main)) {
          try (Stream<Path> files = Files.walk(main)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    return sources;
  }

  private static Map<String, String> regions() throws IOException {
    Map<String, String> regions = new HashMap<>();
    for (String sources : List.of("main/java", "test/java", "test/kotlin")) {
      try (Stream<Path> guides = Files.list(Path.of("src", sources, "io/ctx4j/examples/guide"))) {
        for (Path guide : guides.toList()) {
          String name = guide.getFileName().toString().replaceAll("\\.(java|kt)$", "");
          Matcher region = REGION.matcher(Files.readString(guide));
          while (region.find()) {
            regions.put(
                name + "#" + region.group(1), region.group(2).stripTrailing().stripIndent() + "\n");
          }
        }
      }
    }
    return regions;
  }
}
