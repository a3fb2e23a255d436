package io.ctx4j.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.rxjava3.RxCtxOps;
import io.micrometer.context.ContextRegistry;
import io.reactivex.rxjava3.core.Flowable;
import java.io.File;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A user's project compiles and runs with what a module brings along and no more: jspecify is none
 * of it.
 */
class ModulePathTest {
  private static final String CORE = """
      import io.ctx4j.*;
      import java.time.*;

      public final class Main extends DoneListener implements TimeSource {
        private Throwable end;

        @Override protected void onDone(CtxException err) { end = err; }
        @Override public Instant now() { return Instant.EPOCH; }
        @Override public Ctx.Registration schedule(Runnable task, Duration delay) { return () -> true; }

        public static void main(String[] args) {
          var main = new Main();
          try (CancelCtx ctx = Ctx.root(main).withTimeout(Duration.ofHours(1), () -> null)) {
            main.listen(ctx.withValue(CtxKey.<String>named("user"), null));
            org.reactivestreams.Publisher<Void> done = ctx.done();
            ctx.cancel(new IllegalStateException());
            if (main.end != ctx.err() || done == null || ctx.deadline() == null) throw new AssertionError();
          }
        }
      }
      """;

  private static final String REACTOR = """
      import io.ctx4j.*;
      import io.ctx4j.reactor.CtxOps;
      import reactor.core.publisher.*;

      public final class Main {
        public static void main(String[] args) {
          var ends = new Throwable[1];
          try (CancelCtx ctx = Ctx.background().withCancel()) {
            Flux.never().transform(CtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[0] = end);
          }
          if (!(ends[0] instanceof CanceledException)) throw new AssertionError(ends[0]);
        }
      }
      """;

  /** With Micrometer's library, which {@link #REACTOR} is without. */
  private static final String PROPAGATION = """
      import io.ctx4j.*;
      import io.ctx4j.reactor.*;
      import io.micrometer.context.ContextRegistry;
      import reactor.core.publisher.*;

      public final class Main {
        public static void main(String[] args) {
          ContextRegistry.getInstance().registerThreadLocalAccessor(new CtxThreadLocalAccessor());
          Hooks.enableAutomaticContextPropagation();
          try (CancelCtx ctx = Ctx.background().withCancel()) {
            Ctx seen = Mono.fromCallable(CtxThread::current).transform(CtxOps.bind(ctx)).block();
            ctx.cancel();
            if (!seen.isDone()) throw new AssertionError(seen);
          }
        }
      }
      """;

  /** The registry finds the accessor by itself. */
  private static final String FOUND = PROPAGATION
      .replace("import io.micrometer.context.ContextRegistry;", "")
      .replaceAll("ContextRegistry.*;", "");

  private static final String RXJAVA = """
      import io.ctx4j.*;
      import io.ctx4j.rxjava3.RxCtxOps;
      import io.reactivex.rxjava3.core.*;

      public final class Main {
        public static void main(String[] args) {
          var ends = new Throwable[1];
          try (CancelCtx ctx = Ctx.background().withCancel()) {
            var subscription =
                Flowable.never().compose(RxCtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[0] = end);
          }
          if (!(ends[0] instanceof CanceledException)) throw new AssertionError(ends[0]);
        }
      }
      """;

  private static final List<Class<?>> WITH_MICROMETER =
      List.of(Ctx.class, Publisher.class, CtxOps.class, Flux.class, ContextRegistry.class);

  /** What a consumer requires, what is on its path for it, and its one class. */
  private record Consumer(String module, List<Class<?>> path, String source) {
    boolean hasMicrometer() {
      return path.contains(ContextRegistry.class);
    }
  }

  static Stream<Named<Consumer>> consumers() {
    return Stream.of(
            new Consumer("io.ctx4j", List.of(Ctx.class, Publisher.class), CORE),
            new Consumer(
                "io.ctx4j.reactor",
                List.of(Ctx.class, Publisher.class, CtxOps.class, Flux.class),
                REACTOR),
            new Consumer("io.ctx4j.reactor", WITH_MICROMETER, PROPAGATION),
            new Consumer(
                "io.ctx4j.rxjava",
                List.of(Ctx.class, Publisher.class, RxCtxOps.class, Flowable.class),
                RXJAVA))
        .map(consumer -> Named.of(
            consumer.module + (consumer.hasMicrometer() ? " with Micrometer" : ""), consumer));
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName(
      "§1 a consumer with a module-info compiles and runs without jspecify on its module path")
  void modulePath_withoutJspecify_compilesAndRuns(Consumer consumer, @TempDir Path dir)
      throws Exception {
    Path info = dir.resolve("module-info.java");
    Files.writeString(
        info,
        "module consumer { requires " + consumer.module + ";"
            + (consumer.hasMicrometer() ? " requires context.propagation; }" : " }"));
    String path = path(consumer);

    compile(dir, List.of("--module-path", path), info, main(consumer, dir));

    run("--module-path", path + File.pathSeparator + dir, "-m", "consumer/consumer.Main");
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName("§1 a consumer compiles and runs without jspecify on its class path")
  void classPath_withoutJspecify_compilesAndRuns(Consumer consumer, @TempDir Path dir)
      throws Exception {
    String path = path(consumer);

    compile(dir, List.of("-cp", path), main(consumer, dir));

    run("-cp", path + File.pathSeparator + dir, "consumer.Main");
  }

  @Test
  @DisplayName("T1 from the class path Micrometer's registry finds the accessor by itself")
  void classPath_withMicrometer_findsAccessor(@TempDir Path dir) throws Exception {
    var consumer = new Consumer("io.ctx4j.reactor", WITH_MICROMETER, FOUND);
    String path = path(consumer);

    compile(dir, List.of("-cp", path), main(consumer, dir));

    run("-cp", path + File.pathSeparator + dir, "consumer.Main");
  }

  private static Path main(Consumer consumer, Path dir) throws Exception {
    return Files.writeString(dir.resolve("Main.java"), "package consumer;\n" + consumer.source);
  }

  private static String path(Consumer consumer) throws Exception {
    List<String> path = new ArrayList<>();
    for (Class<?> each : consumer.path) {
      URI jar = each.getProtectionDomain().getCodeSource().getLocation().toURI();
      path.add(Path.of(jar).toString());
    }
    return String.join(File.pathSeparator, path);
  }

  private static void compile(Path dir, List<String> options, Path... sources) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var out = new StringWriter();
    List<String> all = Stream.concat(
            Stream.of(
                "-d",
                dir.toString(),
                "--release",
                "17",
                "-Xlint:all,-classfile,-requires-automatic"),
            options.stream())
        .toList();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled = compiler
          .getTask(out, files, null, all, null, files.getJavaFileObjects(sources))
          .call();
      assertThat(compiled).as(out.toString()).isTrue();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void run(String... arguments) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = Stream.concat(Stream.of(java), Stream.of(arguments)).toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = process.inputReader().lines().collect(Collectors.joining("\n"));
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
  }
}
