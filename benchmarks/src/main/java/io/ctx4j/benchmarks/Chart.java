package io.ctx4j.benchmarks;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jspecify.annotations.Nullable;

/** Draws the topics' times, ours beside the main one of each library, on a logarithmic scale. */
final class Chart {
  private static final Font FONT = new Font(Font.DIALOG, Font.PLAIN, 12);
  private static final int WIDTH = 860;
  private static final int HEIGHT = 560;
  private static final List<String> SHOWN = List.of(
      "Flux element", "Flowable element", "Mono", "in a crowd", "child", "timeout", "fan-out");
  private static final Map<String, Color> LIBRARIES = new LinkedHashMap<>();

  static {
    LIBRARIES.put("ctx4j", new Color(0x1f6feb));
    LIBRARIES.put("Reactor", new Color(0x8bbf6f));
    LIBRARIES.put("RxJava", new Color(0xc55a9d));
    LIBRARIES.put("gRPC", new Color(0x4bb3b0));
    LIBRARIES.put("Go", new Color(0x9aa4ad));
  }

  private Chart() {}

  static void write(Figures figures, Path to) throws IOException {
    var times = new DefaultCategoryDataset();
    for (Topic topic : Topic.ALL) {
      if (topic.unit().equals("ns") && SHOWN.contains(topic.label()) && figures.has(topic.ours())) {
        for (String library : LIBRARIES.keySet()) {
          times.addValue(value(figures, topic, library), library, topic.label());
        }
      }
    }
    JFreeChart chart = ChartFactory.createBarChart(
        "The same, by ctx4j and by others: nanoseconds, less is better",
        null,
        null,
        times,
        PlotOrientation.HORIZONTAL,
        true,
        false,
        false);
    style(chart);
    var canvas = new VectorGraphics2D();
    chart.draw(canvas, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
    var svg = new ByteArrayOutputStream();
    new SVGProcessor()
        .getDocument(canvas.getCommands(), new PageSize(0, 0, WIDTH, HEIGHT))
        .writeTo(svg);
    // the font that the drawing takes for granted
    String text = svg.toString(StandardCharsets.UTF_8)
        .replaceFirst("<svg ", "<svg font-family=\"sans-serif\" font-size=\"12px\" ");
    Files.writeString(to, text);
  }

  private static void style(JFreeChart chart) {
    chart.getTitle().setFont(FONT.deriveFont(Font.BOLD, 15));
    CategoryPlot plot = chart.getCategoryPlot();
    var axis = new LogAxis("ns");
    axis.setSmallestValue(1);
    axis.setLabelFont(FONT);
    axis.setTickLabelFont(FONT);
    axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    axis.setNumberFormatOverride(NumberFormat.getIntegerInstance(Locale.ROOT));
    plot.setRangeAxis(axis);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    plot.setOutlineVisible(false);
    var bars = (BarRenderer) plot.getRenderer();
    bars.setBarPainter(new StandardBarPainter());
    bars.setShadowVisible(false);
    bars.setItemMargin(0.05);
    bars.setBase(1);
    int series = 0;
    for (Color color : LIBRARIES.values()) {
      bars.setSeriesPaint(series++, color);
    }
    axis.setRange(1, Math.max(10, axis.getUpperBound() * 1.2));
  }

  private static @Nullable Double value(Figures figures, Topic topic, String library) {
    if (library.equals("ctx4j")) {
      return figures.median(topic.ours());
    }
    return topic.peers().stream()
        .filter(peer -> peer.library().equals(library) && figures.has(peer.name()))
        .map(peer -> figures.median(peer.name()))
        .findFirst()
        .orElse(null);
  }
}
