package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A container's log must hold each numbered line once and in order. */
final class LogCheck {
  private static final long PATIENCE_SECONDS = 120;

  private LogCheck() {}

  /** Waits until the last line is there: its length is known, since all lines are alike. */
  static void awaitAll(Path log) throws IOException {
    long payload = (long) Layouts.LINES * Layouts.LINE_BYTES;
    long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
    while (!Files.exists(log) || Files.size(log) < payload || !lastLine(log)) {
      if (System.nanoTime() > end) {
        throw new IOException(log + " has only " + Files.size(log) + " bytes");
      }
      Tool.pause(2);
    }
  }

  private static boolean lastLine(Path log) throws IOException {
    try (var file = Files.newByteChannel(log)) {
      int tail = Layouts.LINE_BYTES + 1;
      file.position(Math.max(0, file.size() - tail));
      var bytes = java.nio.ByteBuffer.allocate(tail);
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {}
      var text = new String(bytes.array(), 0, bytes.position());
      return text.endsWith(" " + Layouts.line(Layouts.LINES - 1));
    }
  }

  /**
   * @return the bytes that the container wrote
   */
  static long verify(Path log) throws IOException {
    long bytes = 0;
    int next = 0;
    var part = new StringBuilder();
    try (var lines = Files.newBufferedReader(log)) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        // TIME stdout F TEXT; P is a part of a line that goes on in the next.
        var columns = line.split(" ", 4);
        part.append(columns[3]);
        if (columns[2].equals("P")) {
          continue;
        }
        var expected = Layouts.line(next);
        if (!expected.startsWith(part.toString()) || part.length() + 1 != expected.length()) {
          throw new IOException(log + ": line " + next + " is \"" + part + "\"");
        }
        bytes += expected.length();
        next++;
        part.setLength(0);
      }
    }
    if (next != Layouts.LINES) {
      throw new IOException(log + " has " + next + " of " + Layouts.LINES + " lines");
    }
    return bytes;
  }
}
