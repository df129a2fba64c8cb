package io.sandjar.runtime.container.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * Keeps a log within bounds where no kubelet does it: a log that has grown too large is renamed and
 * opened anew, older ones are compressed, and the oldest go. The names are the kubelet's, so a
 * kubelet that takes over goes on with them.
 */
public final class LogRotation {
  private static final DateTimeFormatter SUFFIX =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter LONG_SUFFIX =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss.SSS").withZone(ZoneOffset.UTC);
  private static final String COMPRESSED = ".gz";
  private static final String UNFINISHED = ".tmp";

  private final long maxSize;
  private final int maxFiles;
  private final Clock clock;

  /**
   * @param maxSize a log of more bytes is rotated
   * @param maxFiles how many there are of one container, with the one that is written to
   */
  public LogRotation(long maxSize, int maxFiles, Clock clock) {
    if (maxFiles < 2) {
      throw new IllegalArgumentException("a log and its predecessor are two files: " + maxFiles);
    }
    this.maxSize = maxSize;
    this.maxFiles = maxFiles;
    this.clock = clock;
  }

  /** Opens a log's path again after the file there was renamed. */
  @FunctionalInterface
  public interface Reopening {
    void reopen() throws IOException;
  }

  /** Rotates the log if it is too large: true if it did. */
  public boolean rotate(Path log, Reopening reopening) throws IOException {
    if (!Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS) || Files.size(log) <= maxSize) {
      return false;
    }
    var files = new LogFiles(log);
    var rotated = freeName(log);
    Files.move(log, rotated, StandardCopyOption.ATOMIC_MOVE);
    try {
      reopening.reopen();
    } catch (IOException e) {
      // The container still writes to the renamed file: it gets its name back.
      Files.move(rotated, log, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    tidy(files.list().stream().filter(file -> !file.equals(log)).toList());
    return true;
  }

  private Path freeName(Path log) {
    var now = clock.instant();
    var name = log.resolveSibling(log.getFileName() + "." + SUFFIX.format(now));
    boolean taken = Files.exists(name) || Files.exists(Path.of(name + COMPRESSED));
    return taken ? log.resolveSibling(log.getFileName() + "." + LONG_SUFFIX.format(now)) : name;
  }

  /** The newest rotated log stays as it is, since those who follow may still read it. */
  private void tidy(List<Path> rotated) throws IOException {
    int excess = Math.max(0, rotated.size() - (maxFiles - 1));
    for (var file : rotated.subList(0, excess)) {
      Files.deleteIfExists(file);
    }
    var kept = rotated.subList(excess, rotated.size());
    for (var file : kept.subList(0, Math.max(0, kept.size() - 1))) {
      if (!LogFiles.isCompressed(file)) {
        compress(file);
      }
    }
  }

  private static void compress(Path file) throws IOException {
    var unfinished = Path.of(file + UNFINISHED);
    var compressed = Path.of(file + COMPRESSED);
    try (var out = new GZIPOutputStream(Files.newOutputStream(unfinished))) {
      Files.copy(file, out);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    Files.setLastModifiedTime(unfinished, Files.getLastModifiedTime(file));
    Files.move(unfinished, compressed, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(file);
  }
}
