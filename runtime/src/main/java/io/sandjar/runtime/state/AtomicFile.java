package io.sandjar.runtime.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Replaces a file's content so that a reader, or a crash, sees the old or the new, never a part.
 */
public final class AtomicFile {
  /** What a crash may leave behind begins like this. */
  private static final String TEMPORARY_PREFIX = ".new-";

  private static final Set<StandardOpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private AtomicFile() {}

  /** Survives the death of this process, not a power cut: no fsync. */
  public static void write(Path file, byte[] content) throws IOException {
    replace(file, content, false);
  }

  /** As {@link #write}, into a file that only its owner may read. */
  public static void writePrivately(Path file, byte[] content) throws IOException {
    replace(file, content, false, OWNER_ONLY);
  }

  /** Survives a power cut as well: the file and its folder are fsynced before this returns. */
  public static void writeDurably(Path file, byte[] content) throws IOException {
    replace(file, content, true);
    sync(file.toAbsolutePath().getParent());
  }

  /** Brings a file or folder that was written earlier to the disk. */
  public static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Deletes what a crash has left in a folder to which nobody writes yet. */
  public static void sweep(Path folder) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, TEMPORARY_PREFIX + "*")) {
      for (Path file : left) {
        FolderTree.delete(file);
      }
    }
  }

  private static void replace(
      Path file, byte[] content, boolean sync, FileAttribute<?>... attributes) throws IOException {
    // Without the file's own name, which may be as long as a name can be.
    Path temporary =
        file.resolveSibling(
            TEMPORARY_PREFIX + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    try {
      try (FileChannel channel = FileChannel.open(temporary, NEW_FILE, attributes)) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        if (sync) {
          channel.force(true);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      Files.deleteIfExists(temporary);
      throw failed;
    }
  }
}
