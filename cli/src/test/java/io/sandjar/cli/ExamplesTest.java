package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What a person who asks for help wants first: a line to paste. */
class ExamplesTest {

  @Test
  void everyHelpHasAnExample() {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var context = new Context(InputStream.nullInputStream(), nowhere, nowhere, Map.of());
    for (var command : new Main(context).line(Commands.all()).getSubcommands().values()) {
      check(command);
    }
  }

  private static void check(CommandLine command) {
    var spec = command.getCommandSpec();
    assertTrue(
        Arrays.stream(spec.usageMessage().description())
            .anyMatch(line -> line.startsWith("  ") && line.contains("sandjar ")),
        () -> "no example: " + spec.qualifiedName());
    command.getSubcommands().values().forEach(ExamplesTest::check);
  }
}
