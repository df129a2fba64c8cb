package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What output is to look like, in files under src/test/resources/golden. {@code mvn verify
 * -Dgolden.update=true} writes what it looks like now, for git diff to show.
 */
public final class Golden {

  private Golden() {}

  /**
   * @param text in which all that differs from run to run was replaced
   */
  public static void check(String name, String text) throws IOException {
    Path file = Lab.checkout().resolve("cli/src/test/resources/golden/" + name + ".txt");
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertEquals(Files.readString(file), text, name);
  }
}
