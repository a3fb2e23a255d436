package io.ctx4j.stress;

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
import java.util.List;
import java.util.Locale;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Draws what the heap held after each collection of a soak. */
final class HeapChart {
  private static final Font FONT = new Font(Font.DIALOG, Font.PLAIN, 12);
  private static final int WIDTH = 860;
  private static final int HEIGHT = 320;

  private HeapChart() {}

  static void write(List<Soak.Sample> samples, Path to) throws IOException {
    var heap = new XYSeries("heap");
    samples.forEach(sample -> heap.add(sample.minutes(), sample.megabytes()));
    long turns = samples.get(samples.size() - 1).turns();
    JFreeChart chart = ChartFactory.createXYLineChart(
        String.format(Locale.ROOT, "Heap after collection, MB, over %,d turns", turns),
        "minutes",
        "MB",
        new XYSeriesCollection(heap));
    chart.removeLegend();
    chart.getTitle().setFont(FONT.deriveFont(Font.BOLD, 15));
    XYPlot plot = chart.getXYPlot();
    plot.setBackgroundPaint(Color.WHITE);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setOutlineVisible(false);
    plot.getRenderer().setSeriesPaint(0, new Color(0x1f6feb));
    var range = (NumberAxis) plot.getRangeAxis();
    range.setRange(0, Math.max(1, 1.5 * heap.getMaxY()));
    for (NumberAxis axis : List.of(range, (NumberAxis) plot.getDomainAxis())) {
      axis.setLabelFont(FONT);
      axis.setTickLabelFont(FONT);
    }
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
}
