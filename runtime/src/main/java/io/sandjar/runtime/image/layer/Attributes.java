package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import java.util.Map;

/** Owner, permissions and xattrs of a file in a lower layer, and which xattrs may be set at all. */
record Attributes(FileStatus status, Map<String, byte[]> xattrs) {
  static final String OVERLAY_OPAQUE = "trusted.overlay.opaque";

  /** Sets one xattr on something. */
  interface Setter {
    void set(String name, byte[] value) throws SyscallException;
  }

  void applyTo(Folder folder) throws SyscallException {
    folder.setOwner(status.uid(), status.gid());
    folder.setPermissions(status.permissions());
    setXattrs(xattrs, folder::setXattr);
  }

  static void setXattrs(Map<String, byte[]> xattrs, Setter setter) throws SyscallException {
    for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
      if (!isAllowed(xattr.getKey())) {
        continue;
      }
      try {
        setter.set(xattr.getKey(), xattr.getValue());
      } catch (SyscallException e) {
        if (!isDispensable(xattr.getKey(), e)) {
          throw e;
        }
      }
    }
  }

  /**
   * An archive that could set overlay's own xattrs could point a folder anywhere in the layers
   * (redirect). SELinux labels mean something only to the policy of the machine that set them.
   */
  private static boolean isAllowed(String name) {
    return !name.startsWith("trusted.overlay.")
        && !name.startsWith("user.overlay.")
        && !name.equals("security.selinux");
  }

  /** File capabilities must arrive; the rest is lost where the file system cannot hold it. */
  private static boolean isDispensable(String name, SyscallException e) {
    return !name.equals("security.capability")
        && (e.is(Errno.EOPNOTSUPP) || e.is(Errno.EPERM) || e.is(Errno.EACCES));
  }
}
