package io.sandjar.runtime.linux.mount;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.nio.file.Path;

/** Mounts on the host's side, which containers are then shown. */
public final class HostMounts {
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private HostMounts() {}

  /**
   * Mounts memory on a folder.
   *
   * @param source as the mount table shows it
   * @param options as tmpfs(5) has them
   */
  public static void tmpfs(String source, Path folder, long flags, String options)
      throws SyscallException {
    mount("tmpfs", source, folder, flags, options);
  }

  /** As {@link #tmpfs}, of another kind of memory, such as hugetlbfs. */
  public static void mount(String type, String source, Path folder, long flags, String options)
      throws SyscallException {
    Syscalls.checkWithin(
        "fs.mount-max",
        Libc.get().mount(source, folder.toString(), type, flags, options),
        "mount a %s with %s on %s",
        type,
        options,
        folder);
  }

  /**
   * Unmounts lazily whatever is mounted there, also more than once, as attempts that were cut off
   * leave it. It is no error if nothing is, or nothing is there at all. Containers that have it
   * keep it.
   */
  public static void unmount(Path path) throws SyscallException {
    while (Libc.get().umount2(path.toString(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
      // There may be one below.
    }
    int errno = Libc.runtime().getLastError();
    if (errno != Errno.EINVAL.number() && errno != Errno.ENOENT.number()) {
      throw new SyscallException("unmount " + path, errno);
    }
  }
}
