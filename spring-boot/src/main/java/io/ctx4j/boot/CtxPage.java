package io.ctx4j.boot;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.HtmlUtils;

/**
 * The report as a page: no script, nothing from elsewhere, all text escaped, and never longer than
 * 64 KB.
 *
 * <p>The routes come first, then the exchanges that end soonest, each with its tree folded. What no
 * longer fits is counted. On a narrow screen the cells of a row stand below each other. A page that
 * refreshes itself folds what has been unfolded, so that it can be paused.
 */
final class CtxPage {
  private static final String HEAD = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      %2$s
      <title>ctx4j: %1$d in flight</title>
      <style>
      :root { color-scheme: light dark; --line: #8884; --dim: #888 }
      body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em 2em }
      h1 { font-size: 1.4em; margin: 0 0 .6em }
      nav { float: right }
      nav a { color: var(--dim) }
      h2 { font-size: 1em; font-weight: normal; color: var(--dim); margin: 2em 0 .4em }
      table { border-collapse: collapse; width: 100%% }
      th, td { text-align: left; vertical-align: top; padding: .4em 1.4em .4em 0; overflow-wrap: anywhere }
      th { font-weight: normal; color: var(--dim); white-space: nowrap }
      td { border-top: 1px solid var(--line) }
      .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
      th:first-child { width: 32%% }
      th:last-child { width: 68%% }
      td:last-child { padding-right: 0 }
      meter { width: 5em; margin-left: .6em }
      summary { cursor: pointer; color: var(--dim) }
      pre { margin: 0; font-size: 12px; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere }
      td > pre { font: inherit; color: var(--dim) }
      @media (max-width: 50em) {
        body { margin: 1em }
        thead { display: none }
        tr { display: block; border-top: 1px solid var(--line); padding: .4em 0 }
        td { display: inline-block; border: 0; padding: 0 1em 0 0; text-align: left }
        td[title]::before { content: attr(title) " "; color: var(--dim) }
        td:first-child, td:last-child { display: block; padding: 0 }
      }
      </style>
      </head>
      <body>
      <nav>%3$s</nav>
      <h1>%1$d in flight</h1>
      <table>
      <thead><tr><th>route</th><th class="n">live</th><th class="n">oldest</th><th class="n">soonest</th>\
      <th></th></tr></thead>
      <tbody>
      """;
  private static final String SOONEST = """
      </tbody>
      </table>
      <h2>%s</h2>
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

  private static final int MAX_BYTES = 64 * 1024;

  /** What the routes may take of it, with all that stands around. */
  private static final int MAX_BYTES_OF_ROUTES = 24 * 1024;

  /** What is kept free for what stands below. */
  private static final int REST = 1024;

  /** A page that says much is not to be read in a second. */
  private static final int MANY = 20;

  /** Of a deadline, and of what is left. */
  private static final Pattern FRACTIONS = Pattern.compile(
      "((?<=\\.withDeadline\\()[^ .]+)\\.\\d+(?=Z \\[)|(\\[[^].]+\\.\\d)\\d+(?=s])");

  /** What all exchanges have in common: how the filter's root came about. */
  private static final String REQUEST = ".named(request)";

  private final StringBuilder out = new StringBuilder();
  private int bytes;

  private CtxPage() {}

  /** It refreshes itself. */
  static String of(CtxReport report) {
    int seconds = report.live() > MANY ? 5 : 1;
    String refresh = "<meta http-equiv=\"refresh\" content=\"" + seconds + "\">";
    return new CtxPage().write(report, refresh, "<a href=\"?pause=true\">pause</a>");
  }

  static String paused(CtxReport report) {
    return new CtxPage().write(report, "", "<a href=\"?\">go on</a>");
  }

  private String write(CtxReport report, String refresh, String other) {
    append(HEAD.formatted(report.live(), refresh, other));
    int routes =
        appendWhatFits(report.routes().stream().map(CtxPage::row).toList(), MAX_BYTES_OF_ROUTES);
    left("routes", report.routes().size() - routes);
    int shown = report.exchanges().size();
    append(SOONEST.formatted(
        shown < report.live()
            ? "the " + shown + " that end soonest"
            : "those that end soonest first"));
    int fit =
        appendWhatFits(report.exchanges().stream().map(CtxPage::row).toList(), MAX_BYTES - REST);
    left("exchanges", report.live() - fit);
    return out.append(TAIL).toString();
  }

  private void append(String text) {
    out.append(text);
    bytes += utf8(text);
  }

  /** Appends rows as long as the page has less than that. */
  private int appendWhatFits(List<String> rows, int limit) {
    int appended = 0;
    for (String row : rows) {
      if (bytes + utf8(row) > limit) {
        break;
      }
      append(row);
      appended++;
    }
    return appended;
  }

  private void left(String what, int count) {
    if (count > 0) {
      append("<tr><td>… " + count + " more " + what + "</td></tr>\n");
    }
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String row(CtxReport.Route route) {
    var row = new StringBuilder("<tr>");
    cell(row, "<td>", route.route());
    cell(row, "<td class=\"n\" title=\"live\">", Integer.toString(route.live()));
    cell(row, "<td class=\"n\" title=\"oldest\">", seconds(route.oldestMillis()));
    cell(row, "<td class=\"n\" title=\"soonest\">", seconds(route.soonestMillis()));
    return row.append("<td></td></tr>\n").toString();
  }

  private static String row(CtxReport.Row exchange) {
    var row = new StringBuilder("<tr>");
    cell(row, "<td>", exchange.route());
    cell(row, "<td class=\"n\" title=\"age\">", seconds(exchange.ageMillis()));
    row.append("<td class=\"n\" title=\"time left\">")
        .append(seconds(exchange.leftMillis()))
        .append(meter(exchange))
        .append("</td>");
    cell(row, "<td title=\"deadline from\">", exchange.deadlineFrom());
    cell(row, "<td class=\"n\" title=\"contexts below\">", Integer.toString(exchange.contexts()));
    return row.append("<td>")
        .append(tree(exchange.tree()))
        .append("</td></tr>\n")
        .toString();
  }

  /** Folded but for its first line, which is the exchange's own context. */
  private static String tree(List<String> lines) {
    if (lines.isEmpty()) {
      return "";
    }
    String first = lines.get(0);
    int common = first.indexOf(REQUEST);
    String own = common < 0 ? first : "request" + first.substring(common + REQUEST.length());
    String shown = escaped(coarse(own));
    if (lines.size() == 1) {
      return "<pre>" + shown + "</pre>";
    }
    var tree = new StringBuilder("<details><summary>" + shown + "</summary><pre>");
    for (String line : lines.subList(1, lines.size())) {
      tree.append(escaped(coarse(line))).append('\n');
    }
    return tree.append("</pre></details>").toString();
  }

  /** How much of its time is left, to be seen at a glance: red where it is little. */
  private static String meter(CtxReport.Row exchange) {
    Long left = exchange.leftMillis();
    if (left == null) {
      return "";
    }
    double whole = (double) exchange.ageMillis() + left;
    return String.format(
        Locale.ROOT,
        "<meter value=\"%.2f\" low=\"0.1\" high=\"0.3\" optimum=\"1\"></meter>",
        whole > 0 ? left / whole : 0);
  }

  /** A line of a tree without fractions of deadlines, which nobody reads. */
  private static String coarse(String line) {
    return FRACTIONS.matcher(line).replaceAll("$1$2");
  }

  private static void cell(StringBuilder row, String open, String text) {
    row.append(open).append(escaped(text)).append("</td>");
  }

  private static String escaped(String text) {
    return HtmlUtils.htmlEscape(text, "UTF-8");
  }

  private static String seconds(@Nullable Long millis) {
    return millis == null ? "–" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }
}
