package io.sandjar.runtime.pod.volume;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;

/** An emptyDir in memory: a tmpfs on the volume's folder. */
final class MemoryVolume {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private MemoryVolume() {}

  /**
   * @param bytes the size at most; 0 for the kernel's default, half of the memory
   */
  static void mount(Path folder, long bytes) throws IOException {
    String options = "mode=0755" + (bytes > 0 ? ",size=" + bytes : "");
    Syscalls.check(
        Libc.get().mount("tmpfs", folder.toString(), "tmpfs", 0, options),
        "mount a tmpfs on %s",
        folder);
  }

  /** Does nothing where nothing is mounted. */
  static void unmount(Path folder) throws IOException {
    if (Libc.get().umount2(folder.toString(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
      return;
    }
    int errno = Libc.runtime().getLastError();
    if (errno != Errno.EINVAL.number() && errno != Errno.ENOENT.number()) {
      throw new SyscallException("unmount " + folder, errno);
    }
  }
}
