package io.ctx4j.testing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the whole tree is written, as CONTRIBUTING has it. */
class HouseTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int MAX_LINES = 360;
  private static final int EXPLAINED_LINES = 300;
  private static final int MAX_COLUMNS = 100;
  private static final int MAX_PRIVATE_TYPE_LINES = 60;

  private static final Set<String> UNPUBLISHED =
      Set.of("testing", "stress", "benchmarks", "consumers", "examples");

  private static final Pattern MEMBER_TYPE = Pattern.compile(
      "( {2,4})((?:\\w+ )*)(?:class|interface|enum|record) (\\w+).*", Pattern.DOTALL);

  /** A picture, and what cannot be broken. */
  private static final Pattern MAY_BE_LONG =
      Pattern.compile("^ *\\* {3}|[─│┈┌└▲▼►▶◄]|https?://|^import ");

  private static final Pattern TEXT =
      Pattern.compile("\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"", Pattern.DOTALL);
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);

  /** What was called otherwise than Reactor, Netty and Caffeine call it. */
  private static final Pattern OWN_WORD = Pattern.compile(
      "\\b(tell|tellCut|tellComplete|look|lookNoMore|JOINING|HELD|CUTTING|OVER|Landmark|Brood|ONE_IN"
          + "|Unmade|DEEPEST|FURTHEST|MOST_\\w+|Ending|Rest|OnePart|BetweenElements|Budgets?|Terms"
          + "|lastWords|LINGER)\\b");

  private static final Pattern SUFFIX =
      Pattern.compile("(Default|Abstract)[A-Z].*|.*(Impl|Helper|Utils?|Manager)");
  private static final Pattern PACKAGE =
      Pattern.compile("(?m)^package .*\\b(internal|impl|util|common|support)\\b.*;");

  /** The British participle, unless it is called: {@code cancelled()} is a name of others. */
  private static final Pattern TWO_LS = Pattern.compile("\\b[Cc]ancell(ed|ing)\\b(?![(\"])");

  private static final Pattern QUOTED = Pattern.compile("\"[^\"\\n]*\"|`[^`\\n]*`");

  private static final Pattern MAP = Pattern.compile("(?s)/\\*\\R \\* A map.*?\\*/");

  @Test
  @DisplayName(
      "no production file over 360 lines, and none over 300 that architecture.md does not explain")
  void files_areShort() {
    String architecture = read(ROOT.resolve("docs/architecture.md"));
    assertThat(production()).hasSizeGreaterThan(150).allSatisfy(file -> {
      int lines = lines(file).size();
      assertThat(lines).as(name(file)).isLessThanOrEqualTo(MAX_LINES);
      if (lines > EXPLAINED_LINES) {
        assertThat(architecture).as(name(file)).containsPattern("`(\\w+\\.)*" + name(file) + "`");
      }
    });
  }

  @Test
  @DisplayName("no private type of more than 60 lines inside another: it has a file of its own")
  void privateTypes_areShort() {
    for (Path file : production()) {
      List<String> lines = lines(file);
      for (int i = 0; i < lines.size(); i++) {
        Matcher type = MEMBER_TYPE.matcher(lines.get(i));
        if (type.matches() && !type.group(2).contains("public ")) {
          int end = i + lines.subList(i, lines.size()).indexOf(type.group(1) + "}");
          assertThat(end - i + 1)
              .as(name(file) + "." + type.group(3))
              .isLessThanOrEqualTo(MAX_PRIVATE_TYPE_LINES);
        }
      }
    }
  }

  @Test
  @DisplayName("100 columns, but for a text in quotes, a picture and what cannot be broken")
  void lines_areShort() {
    for (Path file : java()) {
      assertThat(TEXT.matcher(read(file)).replaceAll("\"\"").lines())
          .as(file.toString())
          .filteredOn(line -> line.codePointCount(0, line.length()) > MAX_COLUMNS)
          .allMatch(line -> MAY_BE_LONG.matcher(line).find());
    }
  }

  @Test
  @DisplayName("names are those of Reactor, Netty and Caffeine, and say what a thing is")
  void names_areTheFields() {
    for (Path file : production()) {
      String source = read(file);
      String code = COMMENT.matcher(TEXT.matcher(source).replaceAll("")).replaceAll("");
      assertThat(found(OWN_WORD, code)).as(file.toString()).isEmpty();
      assertThat(found(PACKAGE, source)).as(file.toString()).isEmpty();
      if (!name(file).equals("CtxTransactionManager")) { // Spring's word
        assertThat(name(file)).doesNotMatch(SUFFIX);
      }
    }
  }

  @Test
  @DisplayName(
      "canceled has one l, in code, comments and docs, where it is no name or text of others")
  void canceled_hasOneL() {
    for (Path file : Stream.concat(java().stream(), docs().stream()).toList()) {
      String text = QUOTED.matcher(read(file)).replaceAll("");
      assertThat(found(TWO_LS, text)).as(file.toString()).isEmpty();
    }
  }

  @Test
  @DisplayName("a map of a package has all of its files")
  void maps_areWhole() {
    int maps = 0;
    for (Path info : production(path -> path.endsWith("package-info.java"))) {
      Matcher map = MAP.matcher(read(info));
      if (map.find()) {
        maps++;
        Path folder = requireNonNull(info.getParent());
        for (Path file : production(path -> folder.equals(path.getParent()))) {
          if (!file.equals(info)) {
            assertThat(map.group()).as(info.toString()).containsPattern("\\b" + name(file) + "\\b");
          }
        }
      }
    }
    assertThat(maps).isGreaterThanOrEqualTo(3);
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).toList();
  }

  private static String name(Path file) {
    return file.getFileName().toString().replaceFirst("\\.java$", "");
  }

  private static List<String> lines(Path file) {
    return read(file).lines().toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is published. */
  private static List<Path> production() {
    return production(path -> !path.endsWith("module-info.java"));
  }

  private static List<Path> production(Predicate<Path> which) {
    return modules()
        .filter(module -> !UNPUBLISHED.contains(module.getFileName().toString()))
        .flatMap(module -> files(module.resolve("src/main/java"), ".java"))
        .filter(which)
        .toList();
  }

  private static List<Path> java() {
    return modules().flatMap(module -> files(module.resolve("src"), ".java")).toList();
  }

  private static List<Path> docs() {
    List<Path> docs = new ArrayList<>(files(ROOT.resolve("docs"), ".md").toList());
    try (Stream<Path> pages = Files.list(ROOT)) {
      pages.filter(page -> page.toString().endsWith(".md")).forEach(docs::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return docs;
  }

  private static Stream<Path> modules() {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules.filter(module -> Files.exists(module.resolve("pom.xml"))).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> files(Path root, String suffix) {
    if (!Files.isDirectory(root)) {
      return Stream.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
