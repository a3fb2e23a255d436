package io.ctx4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Draws times as dots, ours above the main one of each library, on a logarithmic scale.
 *
 * <p>Dots, as a bar has a length, and on such a scale the length would say nothing: it begins at
 * any nanosecond one likes. Each has its figure and says what it is, so that neither the colors nor
 * the axis have to be read; who cannot see them has the same as a description.
 */
final class Chart {
  private static final List<String> SHOWN = List.of(
      "Flux element", "Flowable element", "Mono", "in a crowd", "child", "timeout", "fan-out");
  private static final String TITLE = "What the same takes with ctx4j and with others";

  private static final int WIDTH = 920;
  private static final int MARGIN = 24;
  private static final int TOP = 84;
  private static final int HEADING = 26;
  private static final int LINE = 20;
  /** Where the axis begins, at 1 ns, and how wide ten times as much is. */
  private static final int AXIS = 340;

  private static final int DECADE = 108;
  private static final int DECADES = 4;

  private static final String INK = "#1f2328";
  private static final String MUTED = "#59636e";
  private static final String GRID = "#d1d9e0";
  private static final String OURS = "#0550ae";
  private static final String THEIRS = "#818b98";

  private final StringBuilder drawn = new StringBuilder();
  private int y = TOP;

  private Chart() {}

  /** What one of the libraries takes. */
  private record Dot(boolean ours, String label, double nanos) {
    String figure() {
      return Page.number(nanos) + " ns";
    }
  }

  /** What is compared, and all who do it. */
  private record Group(String heading, List<Dot> dots) {
    static Group of(Figures figures, Topic topic) {
      var libraries = new HashSet<>(Set.of("ctx4j"));
      List<Dot> dots = new ArrayList<>();
      dots.add(new Dot(true, "ctx4j", figures.median(topic.ours())));
      for (Topic.Peer peer : topic.peers()) {
        if (figures.has(peer.name()) && libraries.add(peer.library())) {
          dots.add(new Dot(false, peer.library() + ": " + peer.how(), figures.median(peer.name())));
        }
      }
      return new Group(topic.title().replace("`", ""), dots);
    }

    String described() {
      return dots.stream()
          .map(dot -> dot.label() + ", " + dot.figure())
          .collect(Collectors.joining("; ", heading + " – ", "."));
    }
  }

  static void write(Figures figures, Path to) throws IOException {
    List<Group> groups = Topic.ALL.stream()
        .filter(topic -> topic.unit().equals("ns") && SHOWN.contains(topic.label()))
        .filter(topic -> figures.has(topic.ours()))
        .map(topic -> Group.of(figures, topic))
        .toList();
    Files.writeString(to, new Chart().draw(groups));
  }

  private String draw(List<Group> groups) {
    groups.forEach(this::group);
    int bottom = y + 4;
    var grid = new StringBuilder();
    for (int decade = 0; decade <= DECADES; decade++) {
      int x = AXIS + decade * DECADE;
      grid.append("<path d=\"M%d %dV%d\" stroke=\"%s\"/>\n".formatted(x, TOP - 8, bottom, GRID));
      String power = "1" + "0".repeat(decade) + " ns";
      grid.append(text(x, TOP - 14, "middle", MUTED, power));
    }
    String description = Stream.concat(
            Stream.of("Median times in nanoseconds, on a logarithmic scale; less is better."),
            groups.stream().map(Group::described))
        .map(Chart::escaped)
        .collect(Collectors.joining("\n"));
    int height = bottom + MARGIN;
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %1$d %2$d" role="img" \
        aria-labelledby="title desc" font-family="sans-serif" font-size="13">
        <title id="title">%s</title>
        <desc id="desc">%s</desc>
        <rect width="%1$d" height="%2$d" fill="#ffffff"/>
        <text x="%d" y="30" fill="%s" font-size="16" font-weight="bold">%3$s</text>
        <text x="%5$d" y="50" fill="%s">median nanoseconds, logarithmic; less is better</text>
        %s<g stroke="#ffffff" stroke-width="4" paint-order="stroke">
        %s</g>
        </svg>
        """.formatted(WIDTH, height, TITLE, description, MARGIN, INK, MUTED, grid, drawn);
  }

  private void group(Group group) {
    y += HEADING;
    drawn.append("<text x=\"%d\" y=\"%d\" fill=\"%s\" font-weight=\"bold\">%s</text>\n"
        .formatted(MARGIN, y - 6, INK, escaped(group.heading())));
    for (Dot dot : group.dots()) {
      int middle = y + LINE / 2;
      long x = AXIS + Math.round(Math.log10(Math.max(1, dot.nanos())) * DECADE);
      String color = dot.ours() ? OURS : THEIRS;
      drawn.append(text(AXIS - 16, middle + 4, "end", dot.ours() ? OURS : INK, dot.label()));
      drawn.append(
          "<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"%s\"/>\n".formatted(x, middle, color));
      drawn.append(text(x + 12, middle + 4, "start", dot.ours() ? OURS : INK, dot.figure()));
      y += LINE;
    }
  }

  private static String text(long x, long y, String anchor, String color, String text) {
    return "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n"
        .formatted(x, y, anchor, color, escaped(text));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
