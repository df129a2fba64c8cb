package io.sandjar.runtime.container.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A container's log with those that it was rotated to, oldest first. A rotated log has the log's
 * name and its time behind it, as the kubelet names it, and may be compressed.
 */
public final class LogFiles {
  private static final String COMPRESSED = ".gz";
  private static final String UNFINISHED = ".tmp";

  private final Path current;

  public LogFiles(Path current) {
    this.current = current;
  }

  /** The present files; the last is the one that is written to, if it is there. */
  List<Path> list() throws IOException {
    var prefix = current.getFileName() + ".";
    var files = new ArrayList<Path>();
    try (var entries = Files.list(current.getParent())) {
      entries
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .filter(file -> !file.toString().endsWith(UNFINISHED))
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted(Comparator.comparing(file -> file.getFileName().toString()))
          .forEach(files::add);
    }
    // While one is being compressed it is there twice.
    files.removeIf(file -> !isCompressed(file) && files.contains(Path.of(file + COMPRESSED)));
    if (Files.isRegularFile(current, LinkOption.NOFOLLOW_LINKS)) {
      files.add(current);
    }
    return files;
  }

  /** What they hold together on disk; one that goes meanwhile holds nothing. */
  public long bytes() throws IOException {
    long bytes = 0;
    try {
      for (Path file : list()) {
        bytes += Files.size(file);
      }
    } catch (NoSuchFileException gone) {
      return bytes;
    }
    return bytes;
  }

  /** Removes them all. */
  public void delete() throws IOException {
    try {
      for (Path file : list()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException gone) {
      // With their folder.
    }
  }

  static boolean isCompressed(Path file) {
    return file.toString().endsWith(COMPRESSED);
  }

  /** The log's bytes, uncompressed. */
  static InputStream open(Path file) throws IOException {
    var bytes = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    return isCompressed(file) ? new GZIPInputStream(bytes) : bytes;
  }

  /** What tells a file from others, whatever its name. */
  static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** The file that follows the one with this key, or null if that is the last. */
  Path after(Object key) throws IOException {
    Path next = null;
    var files = list();
    for (int i = files.size() - 1; i >= 0; i--) {
      try {
        if (key.equals(key(files.get(i)))) {
          return next;
        }
      } catch (NoSuchFileException e) {
        continue;
      }
      next = files.get(i);
    }
    // It is gone, or was compressed meanwhile: go on with the one that is written to.
    return files.contains(current) ? current : null;
  }
}
