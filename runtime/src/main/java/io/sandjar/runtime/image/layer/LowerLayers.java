package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the layers below show at a path: the view that overlayfs would give of them.
 *
 * <p>A layer is unpacked into a folder of its own, but its archive was made on top of others: it
 * may leave out parent folders, and link to what only they have.
 */
final class LowerLayers {
  static final LowerLayers NONE = new LowerLayers(List.of());

  private static final String OPAQUE = "trusted.overlay.opaque";

  private final List<Path> topmostFirst;

  LowerLayers(List<Path> topmostFirst) {
    this.topmostFirst = topmostFirst;
  }

  /** Works on what was found, while its folder is open. */
  interface Visitor<T> {
    T visit(Folder folder, String name, FileStatus status) throws IOException;
  }

  /** The topmost layer's root, which decides how the merged root looks. */
  Optional<Path> root() {
    return topmostFirst.stream().findFirst();
  }

  /** Visits the entry at {@code path}, which has no symlinks on its way; empty if none shows. */
  <T> Optional<T> find(String path, Visitor<T> visitor) throws IOException {
    List<String> components = Arrays.asList(path.split("/"));
    for (Path layer : topmostFirst) {
      var open = new ArrayList<Folder>();
      try {
        open.add(Folder.open(layer));
        if (!descend(open, components)) {
          if (hides(open, components)) {
            return Optional.empty();
          }
          continue;
        }
        Folder folder = open.get(open.size() - 1);
        String name = components.get(components.size() - 1);
        Optional<FileStatus> status = folder.status(name);
        if (status.isPresent()) {
          return status.get().isWhiteout()
              ? Optional.empty()
              : Optional.of(visitor.visit(folder, name, status.get()));
        }
        if (isOpaque(open)) {
          return Optional.empty();
        }
      } finally {
        open.forEach(Folder::close);
      }
    }
    return Optional.empty();
  }

  private static boolean descend(List<Folder> open, List<String> components) {
    for (int i = 0; i < components.size() - 1; i++) {
      Optional<Folder> next = open.get(open.size() - 1).tryOpenFolder(components.get(i));
      if (next.isEmpty()) {
        return false;
      }
      open.add(next.get());
    }
    return true;
  }

  /** Whether the layer, which lacks the path, also hides it in those below. */
  private static boolean hides(List<Folder> open, List<String> components) throws SyscallException {
    String missing = components.get(open.size() - 1);
    return open.get(open.size() - 1).status(missing).isPresent() || isOpaque(open);
  }

  private static boolean isOpaque(List<Folder> open) throws SyscallException {
    for (Folder folder : open) {
      if (folder.xattrs().containsKey(OPAQUE)) {
        return true;
      }
    }
    return false;
  }
}
