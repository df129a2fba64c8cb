package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.image.layer.LayerTree.Place;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.NewFile;
import java.nio.ByteBuffer;

/** Copies a file of a lower layer into the one that is unpacked, as overlayfs does on a write. */
final class CopyUp {

  private CopyUp() {}

  /** False for what hard links cannot share: a folder. */
  static boolean copy(Folder from, String name, FileStatus status, Place to)
      throws SyscallException {
    switch (status.type()) {
      case FileStatus.S_IFDIR -> {
        return false;
      }
      case FileStatus.S_IFREG -> copyContent(from, name, status, to);
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
    return true;
  }

  private static void copyContent(Folder from, String name, FileStatus status, Place to)
      throws SyscallException {
    byte[] buffer = new byte[1 << 16];
    ByteBuffer direct = ByteBuffer.allocateDirect(buffer.length);
    try (Fd source = from.openFile(name);
        NewFile copy = to.folder().createFile(to.name())) {
      long at = 0;
      while (true) {
        int count =
            (int)
                Syscalls.check(
                    Libc.get().read(source.number(), buffer, buffer.length), "read a layer's file");
        if (count == 0) {
          copy.setSize(status.size());
          return;
        }
        direct.clear().put(buffer, 0, count).flip();
        copy.write(direct, at);
        at += count;
      }
    }
  }
}
