package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tmpfs that a pod's containers share as /dev/shm. */
final class SharedMemory {
  private static final long MS_NOSUID = 0x2;
  private static final long MS_NODEV = 0x4;
  private static final long MS_NOEXEC = 0x8;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  /** What every runtime gives, since programs have come to count on it. */
  private static final long SIZE_BYTES = 64L * 1024 * 1024;

  private SharedMemory() {}

  /**
   * @param owner the host's id of the pod's root
   */
  static void mount(Path target, long owner) throws IOException {
    Files.createDirectories(target);
    Syscalls.check(
        Libc.get()
            .mount(
                "shm",
                target.toString(),
                "tmpfs",
                MS_NOSUID | MS_NODEV | MS_NOEXEC,
                "mode=1777,size=" + SIZE_BYTES + ",uid=" + owner + ",gid=" + owner),
        "mount the pod's shared memory on %s",
        target);
  }

  /** Does nothing where nothing is mounted. Containers that have it keep it. */
  static void unmount(Path target) throws IOException {
    while (Libc.get().umount2(target.toString(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
      // An attempt that was cut off may have mounted before.
    }
    int errno = Libc.runtime().getLastError();
    if (errno != Errno.EINVAL.number() && errno != Errno.ENOENT.number()) {
      throw new SyscallException("unmount " + target, errno);
    }
  }
}
