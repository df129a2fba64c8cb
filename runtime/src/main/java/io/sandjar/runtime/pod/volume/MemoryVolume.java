package io.sandjar.runtime.pod.volume;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;

/** An emptyDir in memory: a tmpfs, or huge pages, on the volume's folder. */
final class MemoryVolume {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private MemoryVolume() {}

  /**
   * @param medium Memory, HugePages, or HugePages- and their size
   * @param bytes the size at most; 0 for the kernel's default: half of the memory, all huge pages
   */
  static void mount(Path folder, String medium, long bytes) throws IOException {
    String type = medium.startsWith("HugePages") ? "hugetlbfs" : "tmpfs";
    String pageSize = medium.startsWith("HugePages-") ? pageSize(medium) : "";
    String options = "mode=0755" + pageSize + (bytes > 0 ? ",size=" + bytes : "");
    Syscalls.check(
        Libc.get().mount(type, folder.toString(), type, 0, options),
        "mount %s with %s on %s",
        type,
        options,
        folder);
  }

  /** HugePages-2Mi has pages of 2M, as the kernel writes it. */
  private static String pageSize(String medium) {
    return ",pagesize=" + medium.substring("HugePages-".length()).replace("i", "");
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
