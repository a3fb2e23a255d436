package io.ctx4j.boot;

import static java.util.stream.Collectors.joining;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.HtmlUtils;

/** The report as a page: no script, nothing from elsewhere, all text escaped. */
final class CtxPage {
  private static final String HEAD = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="refresh" content="1">
      <title>ctx4j: %1$d in flight</title>
      <style>
      :root { color-scheme: light dark; --line: #8884; --dim: #888 }
      body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em 2em }
      h1 { font-size: 1.4em; margin: 0 0 .6em }
      table { border-collapse: collapse; width: 100%% }
      th, td { text-align: left; vertical-align: top; white-space: nowrap; padding: .4em 1.4em .4em 0 }
      th { font-weight: normal; color: var(--dim) }
      td { border-top: 1px solid var(--line) }
      th:last-child, td:last-child { width: 100%%; padding-right: 0 }
      .n { text-align: right; font-variant-numeric: tabular-nums }
      meter { width: 5em; margin-left: .6em }
      pre { margin: 0; font-size: 12px; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere }
      </style>
      </head>
      <body>
      <h1>%1$d in flight</h1>
      <table>
      <thead><tr><th>route</th><th class="n">age</th><th class="n">time left</th><th>deadline from</th>\
      <th class="n">contexts below</th><th>tree</th></tr></thead>
      <tbody>
      """;
  private static final String TAIL = """
      </tbody>
      </table>
      </body>
      </html>
      """;

  /** Of a deadline, and of what is left until then. */
  private static final Pattern FRACTIONS =
      Pattern.compile("(\\.withDeadline\\([^ .]+)(?:\\.\\d+)?(Z \\[[^].]+(?:\\.\\d)?)\\d*(s]\\))");

  private CtxPage() {}

  static String of(CtxReport report) {
    var out = new StringBuilder(HEAD.formatted(report.live()));
    for (CtxReport.Row row : report.exchanges()) {
      out.append("<tr>");
      cell(out, "<td>", row.route());
      cell(out, "<td class=\"n\">", seconds(row.ageMillis()));
      cell(out, "<td class=\"n\">", seconds(row.leftMillis()));
      meter(out, row);
      cell(out, "<td>", row.deadlineFrom());
      cell(out, "<td class=\"n\">", Integer.toString(row.contexts()));
      cell(out, "<td><pre>", row.tree().stream().map(CtxPage::coarse).collect(joining("\n")));
      out.append("</pre>");
      out.append("</tr>\n");
    }
    return out.append(TAIL).toString();
  }

  /** How much of its time is left, to be seen at a glance. */
  private static void meter(StringBuilder out, CtxReport.Row row) {
    Long left = row.leftMillis();
    if (left != null) {
      double whole = (double) row.ageMillis() + left;
      out.append(String.format(
          Locale.ROOT, "<meter value=\"%.2f\"></meter>", whole > 0 ? left / whole : 0));
    }
  }

  /** A line of a tree without fractions of deadlines, which nobody reads. */
  private static String coarse(String line) {
    return FRACTIONS.matcher(line).replaceAll("$1$2$3");
  }

  private static void cell(StringBuilder out, String open, String text) {
    out.append(open).append(HtmlUtils.htmlEscape(text, "UTF-8"));
  }

  private static String seconds(@Nullable Long millis) {
    return millis == null ? "–" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }
}
