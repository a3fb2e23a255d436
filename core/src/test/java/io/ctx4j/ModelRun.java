package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.RandomProgram.Kind;
import io.ctx4j.RandomProgram.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program on contexts as the clauses have them, in the plainest way: one thread, recursion, and
 * every answer worked out when it is asked for.
 */
final class ModelRun extends ProgramRun {
  private static final String NO_VALUE = "no value";

  /** How a context ended. */
  private record End(String kind, String message, @Nullable String cause, boolean closed) {}

  private record Callback(int id, @Nullable Step ending) {}

  /** A cancelable context. */
  private static final class Node {
    final List<Node> children = new ArrayList<>();
    final List<Callback> callbacks = new ArrayList<>();

    @Nullable End end;

    /** The one above that made it done; null: none did. */
    @Nullable Node by;

    /** It has several above: which of those made it done is nobody's promise. */
    boolean merged;
  }

  /**
   * A context as its holder has it: those above, what it adds to them, and the node that it shares
   * with others.
   */
  private final class Layer {
    final List<Layer> up;
    final @Nullable Node node;
    boolean power;
    String suffix = "";

    @Nullable Integer key;

    long value;

    @Nullable String name;

    /** That counts. */
    @Nullable Long deadline;

    /** Whether the suffix has to say it. */
    boolean says;

    Layer(@Nullable Node node, Layer... up) {
      this.up = List.of(up);
      this.node = node;
      for (Layer each : up) {
        if (each.deadline != null && (deadline == null || each.deadline < deadline)) {
          deadline = each.deadline;
        }
      }
    }

    @Nullable End end() {
      return node == null ? null : node.end;
    }

    /** What is bound, or {@link #NO_VALUE}. */
    Object value(int of) {
      if (key != null && key == of) {
        return value;
      }
      for (Layer each : up) {
        Object found = each.value(of);
        if (found != NO_VALUE) {
          return found;
        }
      }
      return NO_VALUE;
    }

    @Nullable String name() {
      if (name != null) {
        return name;
      }
      for (Layer each : up) {
        String found = each.name();
        if (found != null) {
          return found;
        }
      }
      return null;
    }

    String message(String what) {
      String name = name();
      return name == null ? what : what + " (" + name + ")";
    }

    String text(Set<Layer> merged) {
      String before = "";
      if (up.size() == 1) {
        before = up.get(0).text(merged);
      } else if (up.size() > 1) {
        before = merged.add(this)
            ? "merge(" + up.get(0).text(merged) + ", " + up.get(1).text(merged) + ")"
            : "merge(…)";
      }
      return before
          + suffix
          + (says
              ? ".withDeadline(" + CtxRun.START.plusNanos(requireNonNull(deadline)) + " ["
                  + iso(left()) + "])"
              : "");
    }

    Duration left() {
      return Duration.ofNanos(Math.max(0, requireNonNull(deadline) - now));
    }
  }

  private record Timer(long due, Layer layer, int cause) {}

  private final List<Layer> layers = new ArrayList<>();
  private final List<Node> callbackNodes = new ArrayList<>();
  private final List<Timer> timers = new ArrayList<>();
  private long now;

  ModelRun() {
    var root = new Layer(null);
    root.suffix = "root(manual)";
    layers.add(root);
  }

  private static String iso(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  // --- steps

  @Override
  @Nullable String apply(Step step) {
    Layer on = step.kind() == Kind.STOP ? layers.get(0) : layers.get(step.on());
    switch (step.kind()) {
      case CANCEL -> cancelable(on, ".withCancel");
      case TIMEOUT -> timed(on, now + step.nanos(), step.cause(), null);
      case DEADLINE -> timed(on, step.nanos(), step.cause(), null);
      case MARGIN -> {
        if (on.deadline == null) {
          cancelable(on, ".withCancel");
        } else {
          timed(
              on,
              on.deadline - step.nanos(),
              0,
              ".withMargin(" + iso(Duration.ofNanos(step.nanos())) + ")");
        }
      }
      case VALUE -> {
        var layer = new Layer(on.node, on);
        layer.suffix = ".withValue(k" + step.other() + ")";
        layer.key = step.other();
        layer.value = step.nanos();
        layers.add(layer);
      }
      case NAME -> {
        var layer = new Layer(on.node, on);
        layer.name = "n" + layers.size();
        layer.suffix = ".named(" + layer.name + ")";
        layer.power = on.power;
        layers.add(layer);
      }
      case DETACH -> {
        var layer = new Layer(null, on);
        layer.suffix = ".withoutCancel";
        layer.deadline = null;
        layers.add(layer);
      }
      case MERGE -> merge(on, layers.get(step.other()));
      case CALLBACK -> callback(on, null);
      case ENDING -> callback(on, step);
      case STOP -> {
        return "stopped "
            + callbackNodes.get(step.on()).callbacks.removeIf(each -> each.id == step.on());
      }
      case END -> {
        return "ended " + end(on, step.cause());
      }
      case CLOSE -> {
        if (on.power) {
          end(
              requireNonNull(on.node),
              new End("canceled", on.message("context closed"), null, true));
        }
      }
      case ADVANCE -> advance(now + step.nanos());
    }
    return null;
  }

  private Layer cancelable(Layer on, String suffix) {
    var layer = new Layer(child(on), on);
    layer.suffix = suffix;
    layer.power = true;
    layers.add(layer);
    return layer;
  }

  /** One that ends as the one above does. */
  private static Node child(Layer... above) {
    var node = new Node();
    for (Layer each : above) {
      if (each.end() != null) {
        node.end = each.end();
        return node;
      }
    }
    for (Layer each : above) {
      if (each.node != null) {
        each.node.children.add(node);
      }
    }
    return node;
  }

  private void timed(Layer on, long due, int cause, @Nullable String margin) {
    boolean passed = due <= now;
    boolean counts = on.deadline == null || due < on.deadline;
    if (!counts && (!passed || on.end() != null)) {
      cancelable(on, ".withCancel");
      return;
    }
    Layer layer;
    if (passed && on.end() == null) {
      layer = new Layer(new Node(), on);
      layers.add(layer);
      layer.power = true;
    } else {
      layer = cancelable(on, "");
    }
    layer.deadline = due;
    layer.says = margin == null;
    layer.suffix = margin == null ? "" : margin;
    if (passed && on.end() == null) {
      requireNonNull(layer.node).end = exceeded(layer, cause);
    } else if (on.end() == null) {
      timers.add(new Timer(due, layer, cause));
    }
  }

  private static End exceeded(Layer layer, int cause) {
    return new End(
        "exceeded",
        layer.message("context deadline exceeded"),
        cause == 0 ? null : cause(cause),
        false);
  }

  private void merge(Layer one, Layer other) {
    Node node = child(one, other);
    node.merged = true;
    var layer = new Layer(node, one, other);
    layer.power = true;
    layers.add(layer);
  }

  private void callback(Layer on, @Nullable Step ending) {
    var callback = new Callback(callbackNodes.size(), ending);
    Node node = on.node == null ? new Node() : on.node; // nobody will end that one
    callbackNodes.add(node);
    if (node.end == null) {
      node.callbacks.add(callback);
    } else {
      call(callback);
    }
  }

  private void call(Callback callback) {
    fired(callback.id);
    if (callback.ending != null) {
      end(layers.get(callback.ending.other()), callback.ending.cause());
    }
  }

  private void advance(long to) {
    while (true) {
      Timer next = timers.stream()
          .filter(timer -> timer.due <= to)
          .min(Comparator.comparingLong(Timer::due))
          .orElse(null);
      if (next == null) {
        now = to;
        return;
      }
      timers.remove(next);
      now = next.due;
      end(requireNonNull(next.layer.node), exceeded(next.layer, next.cause));
    }
  }

  /** Null: without the power. */
  private @Nullable Boolean end(Layer layer, int cause) {
    return layer.power
        ? (Boolean) end(
            requireNonNull(layer.node),
            new End(
                "canceled",
                layer.message("context canceled"),
                cause == 0 ? null : cause(cause),
                false))
        : null;
  }

  private boolean end(Node node, End end) {
    List<Node> marked = new ArrayList<>();
    mark(node, null, end, marked);
    for (Node each : marked) {
      List<Callback> callbacks = List.copyOf(each.callbacks);
      each.callbacks.clear();
      callbacks.forEach(this::call);
    }
    return !marked.isEmpty();
  }

  private static void mark(Node node, @Nullable Node by, End end, List<Node> marked) {
    if (node.end == null) {
      node.end = end;
      node.by = by;
      marked.add(node);
      node.children.forEach(child -> mark(child, node, end, marked));
    }
  }

  // --- what is seen

  @Override
  int size() {
    return layers.size();
  }

  @Override
  String state(int n) {
    Layer layer = layers.get(n);
    End end = layer.end();
    var out = new StringBuilder();
    out.append(end == null ? "live -" : end.kind + " " + (end.cause == null ? "err" : end.cause));
    out.append(' ').append(layer.deadline == null ? "-" : layer.deadline);
    if (layer.node == null) {
      out.append(" never");
    }
    Map<String, @Nullable Object> values = new HashMap<>();
    for (int key = 0; key < RandomProgram.KEYS; key++) {
      Object value = layer.value(key);
      boolean isThere = value != NO_VALUE && !value.equals(0L);
      out.append(' ').append(isThere ? value : "-");
      if (value != NO_VALUE) {
        values.put("k" + key, isThere ? value : null);
      }
    }
    return out + " " + (end == null ? "" : end.message + end.closed) + " "
        + (layer.deadline == null ? null : layer.left()) + " " + values + " "
        + layer.text(new HashSet<>());
  }

  /**
   * C7, of the callbacks that our contexts have called in this step; a parent's come before those
   * of whom it made done.
   */
  void checkPromisedOrder(List<Integer> fired) {
    Map<Node, List<Integer>> places = new HashMap<>();
    for (int place = 0; place < fired.size(); place++) {
      Node node = callbackNodes.get(fired.get(place));
      places.computeIfAbsent(node, each -> new ArrayList<>()).add(place);
    }
    places.forEach((node, at) -> {
      assertThat(at.stream().map(fired::get)).as("by registration").isSorted();
      for (Node above : above(node)) {
        assertThat(places.getOrDefault(above, List.of()))
            .as("parents first")
            .allMatch(place -> place < at.get(0));
      }
    });
  }

  private static Set<Node> above(Node node) {
    Set<Node> above = new LinkedHashSet<>();
    for (Node at = node; at.by != null && !at.merged; at = at.by) {
      above.add(at.by);
    }
    return above;
  }
}
