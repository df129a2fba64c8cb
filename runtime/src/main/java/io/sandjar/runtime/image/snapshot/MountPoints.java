package io.sandjar.runtime.image.snapshot;

import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A layer below those of every image, with the empty files that something is mounted over in each
 * container. Where an image has none of them, they need not be made in the container's own layer at
 * each start, and taken away again.
 */
final class MountPoints {
  private static final List<String> FILES = List.of("etc/hosts", "etc/hostname", "etc/resolv.conf");

  private MountPoints() {}

  /** Beside the layers, so that its name is as short. */
  static Path below(Path layers) {
    return layers.resolve("mountpoints");
  }

  /** Makes what is missing of it, or has become something that no file can be mounted on. */
  static void make(Path layers) throws IOException {
    for (String name : FILES) {
      Path file = below(layers).resolve(name);
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        FolderTree.delete(file);
        folder(below(layers));
        folder(file.getParent());
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
  }

  /** For every user, whatever the daemon's umask. */
  private static void folder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
