package io.sandjar.cli.terminal;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A terminal that passes every key on, Ctrl-C and Ctrl-Z included, and leaves output as it is.
 * Closing gives it its former settings back; so does the end of the process by a signal.
 */
public final class RawMode implements AutoCloseable {
  private final AtExit atExit;

  private RawMode(AtExit atExit) {
    this.atExit = atExit;
  }

  static RawMode enter(Path device) throws IOException {
    var before = Terminal.stty(device, "-g").strip();
    var mode = new RawMode(AtExit.of(() -> restore(device, before)));
    Terminal.stty(device, "raw", "-echo");
    return mode;
  }

  private static void restore(Path device, String before) {
    try {
      Terminal.stty(device, before);
    } catch (IOException gone) {
      // A terminal that was hung up has nothing to restore.
    }
  }

  @Override
  public void close() {
    atExit.close();
  }
}
