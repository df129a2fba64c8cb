package io.sandjar.cli.terminal;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A terminal that passes every key on, Ctrl-C and Ctrl-Z included, and leaves output as it is.
 * Closing gives it its former settings back; so does the end of the process by a signal.
 */
public final class RawMode implements AutoCloseable {
  private final Path device;
  private final String before;
  private final Thread atExit;
  private boolean restored;

  private RawMode(Path device, String before) {
    this.device = device;
    this.before = before;
    this.atExit = new Thread(this::restore);
  }

  static RawMode enter(Path device) throws IOException {
    var mode = new RawMode(device, Terminal.stty(device, "-g").strip());
    Runtime.getRuntime().addShutdownHook(mode.atExit);
    Terminal.stty(device, "raw", "-echo");
    return mode;
  }

  private synchronized void restore() {
    if (restored) {
      return;
    }
    restored = true;
    try {
      Terminal.stty(device, before);
    } catch (IOException gone) {
      // A terminal that was hung up has nothing to restore.
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException ending) {
      // The hook runs already, and finds nothing left to do.
    }
  }
}
