package io.sandjar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The lines that a document says to paste into a shell. */
final class ShellBlocks {
  private static final Pattern BLOCK =
      Pattern.compile("^```sh\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private ShellBlocks() {}

  /**
   * Those of a document, without comments.
   *
   * @param document its path in the checkout
   */
  static List<String> lines(String document) throws IOException {
    var text = Files.readString(Lab.checkout().resolve(document));
    return BLOCK
        .matcher(text)
        .results()
        .flatMap(block -> Arrays.stream(block.group(1).split("\n")))
        .map(line -> line.replaceAll("(^| +)#.*", ""))
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** Whether a line calls the command, and so is pasted by a test. */
  static boolean isOurs(String line) {
    return line.matches("(.* )?(scripts/)?sandjar (?!daemon\\b).*");
  }
}
