package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.linux.file.Folder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Gives a container's writable layer the root folder's looks: overlayfs shows the topmost one's.
 */
public final class RootAttributes {

  private RootAttributes() {}

  public static void copy(Optional<Path> from, Path to) throws IOException {
    try (Folder upper = Folder.open(to)) {
      if (from.isEmpty()) {
        upper.setPermissions(0755);
        return;
      }
      try (Folder below = Folder.open(from.get())) {
        var status = below.status();
        new Attributes(status, below.xattrs()).applyTo(upper);
        upper.setTimes(status.times());
      }
    }
  }
}
