package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the docs show compiles: each Java block after a region's name is that region of a guide. */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern REGION =
      Pattern.compile("(?ms)^ *// region (\\w+)\\n(.*?)^ *// endregion$");
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^(?:<!-- (\\w+)#(\\w+) -->\\n)?```java\\n(.*?)^```$");

  @Test
  @DisplayName("every Java block of README and docs is a region of a guide")
  void javaBlocks_areRegions() throws IOException {
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
    assertThat(shown).as("no guide has a region that nothing shows").containsAll(regions.keySet());
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }

  private static Map<String, String> regions() throws IOException {
    Map<String, String> regions = new HashMap<>();
    for (String sources : List.of("main", "test")) {
      try (Stream<Path> guides =
          Files.list(Path.of("src", sources, "java/io/ctx4j/examples/guide"))) {
        for (Path guide : guides.toList()) {
          String name = guide.getFileName().toString().replace(".java", "");
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
