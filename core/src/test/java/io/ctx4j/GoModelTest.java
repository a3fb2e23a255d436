package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.GoProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random programs on Go's contexts, in a process of Go's with virtual time, and on ours:
 * {@code -Dctx4j.test.seeds} of them, from {@code -Dctx4j.test.seed} on.
 */
@Tag("process")
class GoModelTest {
  private static final int SEEDS = Integer.getInteger("ctx4j.test.seeds", 1_000);
  private static final long FIRST = Long.getLong("ctx4j.test.seed", 1);
  private static final String MARK = "> ";

  @Test
  @Timeout(1_800)
  @DisplayName("C1 C2 C3 C13 C14 C15 C21 C23 C26 C27 as a process of Go's has it, after every step")
  void programs_areAsGoHasThem(@TempDir Path dir) throws IOException {
    Path go = GoProgram.assumeBuilt(Path.of("src/test/go"), "go-contexts", "test", "-c");
    List<RandomProgram> programs = new ArrayList<>();
    var text = new StringBuilder();
    for (int i = 0; i < SEEDS; i++) {
      programs.add(new RandomProgram(FIRST + i, true));
      text.append(programs.get(i).text());
    }
    Path in = Files.writeString(dir.resolve("programs"), text);
    Path out = dir.resolve("seen");

    int status = GoProgram.waitFor(new ProcessBuilder(go.toString(), "-test.timeout=25m")
        .redirectInput(in.toFile())
        .redirectOutput(out.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start());

    List<String> lines = Files.readAllLines(out, StandardCharsets.UTF_8);
    assertThat(status).as(lines.toString()).isZero();
    List<List<String>> seen = runs(lines);
    assertThat(seen).hasSize(SEEDS);
    for (int i = 0; i < SEEDS; i++) {
      RandomProgram program = programs.get(i);
      program.assertAlike(FIRST + i, new CtxRun(false).run(program), seen.get(i));
    }
  }

  private static List<List<String>> runs(List<String> lines) {
    List<List<String>> runs = new ArrayList<>();
    List<String> run = new ArrayList<>();
    for (String line : lines) {
      if (line.equals(MARK + "over")) {
        runs.add(run);
        run = new ArrayList<>();
      } else if (line.startsWith(MARK)) {
        run.add(line.substring(MARK.length()));
      }
    }
    return runs;
  }
}
