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
import java.util.Optional;
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

  /**
   * A file, whatever it is renamed to.
   *
   * @param path its name at some moment
   */
  record Known(Path path, Object key) {}

  /** The present files as they were at one moment: none was renamed while they were looked at. */
  List<Known> snapshot() throws IOException {
    var before = known();
    for (var now = known(); !now.equals(before); now = known()) {
      before = now;
    }
    return before;
  }

  private List<Known> known() throws IOException {
    var known = new ArrayList<Known>();
    for (Path file : list()) {
      try {
        known.add(new Known(file, key(file)));
      } catch (NoSuchFileException renamed) {
        continue;
      }
    }
    return known;
  }

  /** The file's bytes, uncompressed, by whatever name it has now. */
  InputStream open(Known file) throws IOException {
    Path path = file.path();
    while (true) {
      Optional<InputStream> bytes = openIf(path, file.key());
      if (bytes.isPresent()) {
        return bytes.get();
      }
      path =
          snapshot().stream()
              .filter(other -> other.key().equals(file.key()))
              .map(Known::path)
              .findFirst()
              .orElseThrow(() -> new NoSuchFileException(file.path().toString()));
    }
  }

  /** Empty where another file has the name by now, or none. */
  private static Optional<InputStream> openIf(Path path, Object key) throws IOException {
    InputStream bytes = null;
    try {
      bytes = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS);
      if (key(path).equals(key)) {
        return Optional.of(isCompressed(path) ? new GZIPInputStream(bytes) : bytes);
      }
      bytes.close();
      return Optional.empty();
    } catch (IOException failed) {
      if (bytes != null) {
        bytes.close();
      }
      if (failed instanceof NoSuchFileException) {
        return Optional.empty();
      }
      throw failed;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** The file that follows, or null if this is the last. */
  Known after(Known file) throws IOException {
    var files = snapshot();
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).key().equals(file.key())) {
        return i + 1 < files.size() ? files.get(i + 1) : null;
      }
    }
    // It is gone, or was compressed meanwhile: go on with the one that is written to.
    return files.stream().filter(each -> each.path().equals(current)).findFirst().orElse(null);
  }
}
