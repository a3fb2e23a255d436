package io.ctx4j;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws the live contexts below one (C37): a loop, linear in what it shows. */
final class Tree {
  /**
   * Deeper lines are not indented further, but say how deep they are: a chain would be quadratic.
   */
  static final int MAX_INDENT = 40;

  private record Line(Node node, @Nullable Path parent, int depth) {}

  private Tree() {}

  /** Below the node, of which the path is a layer or its own; null: of what can never be done. */
  static String draw(Path at, @Nullable Node top) {
    if (top == null) {
      return oneLine(at.text());
    }
    Cancellation end = top.end;
    if (end != null) {
      return oneLine(at.text() + ": " + end.err().getMessage());
    }
    var out = new StringBuilder(oneLine(top.path.text()));
    time(out, top.path);
    Deque<Line> open = new ArrayDeque<>();
    var merged = new IdentityHashMap<Node, Boolean>(); // seen, and whether it had anything below
    below(top, 1, open);
    for (Line line = open.poll(); line != null; line = open.poll()) {
      Node node = line.node;
      if (node.end != null) {
        continue;
      }
      indent(out.append('\n'), line.depth);
      out.append(oneLine(node.path.textSince(line.parent)));
      time(out, node.path);
      Boolean hasMore = merged.get(node);
      if (hasMore == null) {
        boolean more = below(node, line.depth + 1, open);
        if (node instanceof MergedNode) {
          merged.put(node, more);
        }
      } else if (hasMore) {
        out.append(" …"); // what is below it stands under its other parent
      }
    }
    return out.toString();
  }

  /** A name, a key or a time source of the application's may have several. */
  private static String oneLine(String text) {
    return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
        ? text
        : text.replaceAll("\\R", "\\\\n");
  }

  private static boolean below(Node node, int depth, Deque<Line> open) {
    List<Node> children = node.children();
    for (int i = children.size() - 1; i >= 0; i--) {
      open.push(new Line(children.get(i), node.path, depth));
    }
    return !children.isEmpty();
  }

  private static void indent(StringBuilder out, int depth) {
    out.append("  ".repeat(Math.min(depth, MAX_INDENT)));
    if (depth > MAX_INDENT) {
      out.append('(').append(depth).append(") ");
    }
  }

  /** What is left, unless the last suffix has said it. */
  private static void time(StringBuilder out, Path path) {
    DeadlinePath deadline = path.deadline();
    if (deadline != null && (deadline != path || deadline.isByMargin())) {
      deadline.appendLeft(out);
    }
  }
}
