package io.sandjar.runtime.linux.mount;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.LaunchCalls;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Mounts on the host's side: what a sandbox shares with its containers. */
public final class HostMounts {
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOEXEC = 8;
  private static final long MS_BIND = 4096;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int STICKY_FOR_ALL = 01777;

  private HostMounts() {}

  /**
   * A sandbox's shared memory, for {@code /dev/shm} of its containers.
   *
   * @param folder made where it is missing
   * @param uid the host's owner of it: root, or the root of a user namespace
   */
  public static void mountSharedMemory(Path folder, long sizeBytes, int uid, int gid)
      throws IOException {
    Files.createDirectories(folder);
    String options = "mode=%o,size=%d,uid=%d,gid=%d".formatted(STICKY_FOR_ALL, sizeBytes, uid, gid);
    Syscalls.check(
        LaunchCalls.get()
            .mount("shm", folder.toString(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options),
        "mount a tmpfs on %s",
        folder);
  }

  /**
   * Keeps a namespace under a name, as {@code ip netns} does.
   *
   * @param namespace an open file of {@code /proc/PID/ns}
   * @param name an empty file, made where it is missing
   */
  public static void bindNamespace(Fd namespace, Path name) throws IOException {
    try {
      Files.createFile(name);
    } catch (FileAlreadyExistsException e) {
      // A leftover, or one that was made on purpose: it is covered either way.
    }
    Syscalls.check(
        LaunchCalls.get()
            .mount("/proc/self/fd/" + namespace.number(), name.toString(), null, MS_BIND, null),
        "bind a namespace on %s",
        name);
  }

  /** Unmounts lazily. It is no error if nothing is mounted there, or nothing is there at all. */
  public static void unmount(Path path) throws SyscallException {
    int result = LaunchCalls.get().umount2(path.toString(), MNT_DETACH | UMOUNT_NOFOLLOW);
    if (result == -1) {
      int error = io.sandjar.netbridge.sys.Libc.runtime().getLastError();
      if (error != Errno.EINVAL.number() && error != Errno.ENOENT.number()) {
        throw new SyscallException("unmount " + path, error);
      }
    }
  }
}
