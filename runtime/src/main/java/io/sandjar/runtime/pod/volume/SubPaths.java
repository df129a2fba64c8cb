package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.linux.file.FileName;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;

/**
 * Makes what is missing of a subPath. A container may swap links in the volume at any moment, so
 * every step is taken from the open folder before, and follows no link; what the subPath leads to
 * is found out once and for all when it is mounted.
 */
final class SubPaths {

  private SubPaths() {}

  static void make(Path volume, String subPath) throws ConfigErrorException, IOException {
    Path path = Path.of(subPath).normalize();
    if (path.isAbsolute() || path.startsWith("..")) {
      throw new ConfigErrorException(
          "failed to prepare subPath \"" + subPath + "\": it leads out of the volume " + volume);
    }
    try (Folder root = Folder.open(volume)) {
      make(root, root.status().permissions(), path.iterator());
    }
  }

  private static void make(Folder parent, int permissions, Iterator<Path> rest) throws IOException {
    if (!rest.hasNext()) {
      return;
    }
    String name = FileName.ofText(rest.next().toString());
    boolean missing = parent.status(name).isEmpty();
    if (missing) {
      parent.makeFolder(name, permissions);
    }
    Optional<Folder> child = parent.tryOpenFolder(name);
    if (child.isEmpty()) {
      // A file, or a link: followed inside the volume when it is mounted.
      return;
    }
    try (Folder here = child.get()) {
      if (missing) {
        // As open as the volume itself, whatever the umask: who may write there may write here.
        here.setPermissions(permissions);
      }
      make(here, permissions, rest);
    }
  }
}
