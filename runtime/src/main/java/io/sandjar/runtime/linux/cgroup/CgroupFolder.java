package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import java.nio.file.Path;

/**
 * mkdir(2) and rmdir(2): one system call each, whose answer is all that there is to know. A pod has
 * some twenty such folders, which the library's own methods look at before and after.
 */
final class CgroupFolder {
  private static final int ALL_MAY_AS_THE_UMASK_SAYS = 0777;
  private static final Errno ENOTEMPTY =
      new Errno(jnr.constants.platform.Errno.ENOTEMPTY.intValue());

  private CgroupFolder() {}

  /**
   * Makes a folder; that it is there already is fine.
   *
   * @return false where its parent is missing
   */
  static boolean make(Path folder) throws SyscallException {
    if (OpenFile.Native.LIBC.mkdir(folder.toString(), ALL_MAY_AS_THE_UMASK_SAYS) == 0) {
      return true;
    }
    int errno = Libc.runtime().getLastError();
    if (errno == Errno.ENOENT.number()) {
      return false;
    }
    if (errno != Errno.EEXIST.number()) {
      // Those that were removed but have memory in use count, too.
      throw new SyscallException("make cgroup " + folder, errno, "the kernel's count of cgroups");
    }
    return true;
  }

  /**
   * Removes a folder; that it is gone already is fine.
   *
   * @return false where it has processes or folders in it
   */
  static boolean remove(Path folder) throws SyscallException {
    if (OpenFile.Native.LIBC.rmdir(folder.toString()) == 0) {
      return true;
    }
    int errno = Libc.runtime().getLastError();
    if (errno == Errno.EBUSY.number() || errno == ENOTEMPTY.number()) {
      return false;
    }
    if (errno != Errno.ENOENT.number()) {
      throw new SyscallException("remove cgroup " + folder, errno);
    }
    return true;
  }
}
