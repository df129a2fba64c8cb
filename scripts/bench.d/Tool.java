package bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a tool that a benchmark needs, and fails with what it said. */
final class Tool {

  private Tool() {}

  /** A folder in memory, as {@code /run} is on most machines; to be unmounted by who asked. */
  static Path memory(Path folder) throws IOException {
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "sandjar-bench", Files.createDirectory(folder).toString());
    return folder;
  }

  static void run(String... command) throws IOException {
    output(command);
  }

  static String output(String... command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + status + ": " + said);
    }
    return said;
  }

  /** Waits a moment for something that cannot tell when it happens. */
  static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
