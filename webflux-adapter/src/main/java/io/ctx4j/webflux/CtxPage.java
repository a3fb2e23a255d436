package io.ctx4j.webflux;

import java.util.Locale;
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
      body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
      table { border-collapse: collapse; width: 100%% }
      th, td { text-align: left; vertical-align: top; padding: .3em 1em .3em 0; border-bottom: 1px solid #ddd }
      .n { text-align: right; font-variant-numeric: tabular-nums }
      pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
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

  private CtxPage() {}

  static String of(CtxReport report) {
    var out = new StringBuilder(HEAD.formatted(report.live()));
    for (CtxReport.Row row : report.exchanges()) {
      out.append("<tr>");
      cell(out, "<td>", row.route());
      cell(out, "<td class=\"n\">", seconds(row.ageMillis()));
      cell(out, "<td class=\"n\">", seconds(row.leftMillis()));
      cell(out, "<td>", row.deadlineFrom());
      cell(out, "<td class=\"n\">", Integer.toString(row.contexts()));
      cell(out, "<td><pre>", String.join("\n", row.tree()));
      out.append("</pre>");
      out.append("</tr>\n");
    }
    return out.append(TAIL).toString();
  }

  private static void cell(StringBuilder out, String open, String text) {
    out.append(open).append(HtmlUtils.htmlEscape(text, "UTF-8"));
  }

  private static String seconds(@Nullable Long millis) {
    return millis == null ? "–" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }
}
