package io.sandjar.runtime.image.archive;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.layer.Growth;
import io.sandjar.runtime.image.layer.TarEntry;
import io.sandjar.runtime.image.layer.TarReader;
import io.sandjar.runtime.image.layer.UnpackLimits;
import io.sandjar.runtime.linux.file.FileName;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The files of an image archive by their names in it. An archive's are spooled under names of our
 * own, so that no name of a stranger's ever reaches the file system.
 */
final class ArchiveFiles {
  private static final int LINKS = 10;
  private static final int DOCUMENT_LIMIT = 8 << 20;

  /** Far more than any image archive has: the names are held in memory. */
  private static final int ENTRIES = 20_000;

  private final Map<String, Path> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final boolean spooled;

  private ArchiveFiles(boolean spooled) {
    this.spooled = spooled;
  }

  /** Spools a tar archive, packed or not, into {@code folder}. */
  static ArchiveFiles spool(
      InputStream archive, Path folder, UnpackLimits limits, Cancellation cancellation)
      throws IOException {
    var spooled = new ArchiveFiles(true);
    var growth = new Growth(limits.withEntries(ENTRIES), cancellation);
    try (InputStream unpacked = growth.open(archive)) {
      var tar = new TarReader(unpacked);
      int number = 0; // not the number of names, which a second file of a name would not raise
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        growth.entry();
        String name = normalise("", entry.name());
        switch (entry.type()) {
          case FILE -> {
            Path file = folder.resolve(String.valueOf(number++));
            write(tar, file);
            spooled.files.put(name, file);
          }
          case SYMLINK -> spooled.links.put(name, normalise(name, entry.linkName()));
          case HARD_LINK -> spooled.links.put(name, normalise("", entry.linkName()));
          default -> {}
        }
      }
      // A pipe's writer must not find it closed before its end.
      unpacked.transferTo(OutputStream.nullOutputStream());
    }
    return spooled;
  }

  /** The files of an OCI layout's folder, which stay where they are. */
  static ArchiveFiles of(Path layout) throws IOException {
    var present = new ArchiveFiles(false);
    try (var walk = Files.walk(layout)) {
      walk.filter(Files::isRegularFile)
          .forEach(
              file -> present.files.put(FileName.ofText(layout.relativize(file).toString()), file));
    }
    return present;
  }

  private static void write(TarReader tar, Path file) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int count = tar.read(buffer, 0, buffer.length);
          count >= 0;
          count = tar.read(buffer, 0, buffer.length)) {
        out.write(buffer, 0, count);
      }
    }
  }

  /** A name without dots and slashes too many; {@code ..} ends at the archive's root. */
  private static String normalise(String from, String name) {
    var parts = new ArrayDeque<String>();
    if (from.contains("/") && !name.startsWith("/")) {
      parts.addAll(Arrays.asList(from.substring(0, from.lastIndexOf('/')).split("/")));
    }
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  Optional<Path> find(String name) {
    String at = normalise("", name);
    for (int i = 0; i < LINKS && links.containsKey(at); i++) {
      at = links.get(at);
    }
    return Optional.ofNullable(files.get(at));
  }

  Path get(String name) throws IOException {
    return find(name)
        .orElseThrow(
            () -> new BadContentException("the archive has no file " + FileName.toText(name)));
  }

  byte[] document(String name) throws IOException {
    Path file = get(name);
    if (Files.size(file) > DOCUMENT_LIMIT) {
      throw new BadContentException(
          FileName.toText(name) + " is longer than " + DOCUMENT_LIMIT + " bytes");
    }
    return Files.readAllBytes(file);
  }

  /** Whether the files may be moved away. */
  boolean isSpooled() {
    return spooled;
  }
}
