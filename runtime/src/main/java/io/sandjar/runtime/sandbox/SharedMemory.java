package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.linux.mount.HostMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tmpfs that a pod's containers share as /dev/shm. */
final class SharedMemory {

  /** What every runtime gives, since programs have come to count on it. */
  private static final long SIZE_BYTES = 64L * 1024 * 1024;

  private SharedMemory() {}

  /**
   * @param owner the host's id of the pod's root
   */
  static void mount(Path target, long owner) throws IOException {
    Files.createDirectories(target);
    HostMounts.tmpfs(
        "shm",
        target,
        HostMounts.MS_NOSUID | HostMounts.MS_NODEV | HostMounts.MS_NOEXEC,
        "mode=1777,size=%d,uid=%d,gid=%d".formatted(SIZE_BYTES, owner, owner));
  }
}
