package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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

  /** The integration tests that paste what documents show; LabTourIT does all of the tour. */
  private static final Map<String, String> PASTED =
      Map.of(
          "README.md", "HelpExamplesIT",
          "docs/images.md", "ImageCommandIT",
          "docs/networking.md", "MachineIT");

  /** What is for a machine of its own, or comes with a kubelet. */
  private static final Pattern ELSEWHERE =
      Pattern.compile(
          "(scripts/)?sandjar daemon( &)?|scripts/[a-z]+( .*)?|apt install \\./target/.*|kubelet .*"
              + "|crictl .*|curl -s .*|export CONTAINER_RUNTIME_ENDPOINT=.*|iptables .*|kubectl .*");

  @Test
  void everyCommandOfTheDocumentsIsPastedByATest() throws IOException {
    var documents = new ArrayList<>(List.of("README.md"));
    try (var files = Files.list(Lab.checkout().resolve("docs"))) {
      files
          .map(file -> "docs/" + file.getFileName())
          .filter(name -> name.endsWith(".md") && !name.equals("docs/lab-tour.md"))
          .forEach(documents::add);
    }
    for (var document : documents) {
      for (var line : ShellBlocks.lines(document)) {
        if (ShellBlocks.isOurs(line)) {
          var test = PASTED.getOrDefault(document, "no test");
          var file = "cli/src/test/java/io/sandjar/cli/" + test + ".java";
          var source = Lab.checkout().resolve(file);
          assertTrue(
              Files.exists(source) && Files.readString(source).contains('"' + document + '"'),
              () -> test + " does not paste " + document + ": " + line);
        } else {
          assertTrue(ELSEWHERE.matcher(line).matches(), () -> document + ": " + line);
        }
        var script = Pattern.compile("scripts/[a-z]+").matcher(line);
        while (script.find()) {
          var file = Lab.checkout().resolve(script.group());
          assertTrue(Files.isExecutable(file), () -> document + ": " + line);
        }
      }
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
