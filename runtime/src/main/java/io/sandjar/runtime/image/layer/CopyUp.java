package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.image.layer.LayerTree.Place;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.NewFile;
import io.sandjar.runtime.linux.file.SparseCopy;
import java.io.IOException;

/** Copies a file of a lower layer into the one that is unpacked, as overlayfs does on a write. */
final class CopyUp {

  private CopyUp() {}

  /** False for what hard links cannot share: a folder. */
  static boolean copy(Folder from, String name, FileStatus status, Place to, Growth growth)
      throws IOException {
    switch (status.type()) {
      case FileStatus.S_IFDIR -> {
        return false;
      }
      case FileStatus.S_IFREG -> copyContent(from, name, status, to, growth);
      case FileStatus.S_IFLNK -> to.folder().makeSymlink(to.name(), from.readSymlink(name));
      default ->
          to.folder()
              .makeNode(to.name(), status.mode(), status.deviceMajor(), status.deviceMinor());
    }
    to.folder().setOwner(to.name(), status.uid(), status.gid());
    if (!status.isSymlink()) {
      to.folder().setPermissions(to.name(), status.permissions());
    }
    Attributes.setXattrs(
        from.xattrs(name), (xattr, value) -> to.folder().setXattr(to.name(), xattr, value));
    to.folder().setTimes(to.name(), status.times());
    growth.made(to.folder().status(to.name()).map(FileStatus::allocated).orElse(0L));
    return true;
  }

  /** A few bytes of archive may have a whole layer's files copied: that counts as its growth. */
  private static void copyContent(
      Folder from, String name, FileStatus status, Place to, Growth growth) throws IOException {
    try (Fd source = from.openFile(name);
        NewFile copy = to.folder().createFile(to.name())) {
      SparseCopy.copy(source, status.size(), copy, growth::copied);
    }
  }
}
