package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Kills all of a cgroup; where the kernel cannot, it is stood still, so that no fork gets away. */
final class KillLoop {
  private static final int SIGKILL = 9;
  private static final int ROUNDS = 100;

  private KillLoop() {}

  /**
   * By the kernel where it can.
   *
   * @param folder of the cgroup, in a hierarchy that has all its processes
   */
  static void kill(Cgroup cgroup, Path folder) throws IOException {
    try {
      ControlFile.write(folder.resolve("cgroup.kill"), "1");
    } catch (NoSuchFileException e) {
      // It is gone, or this v2 is older than Linux 5.14, or there is none.
      if (cgroup.exists()) {
        kill(cgroup);
      }
    } catch (IOException e) {
      // A cgroup that is removed between open(2) and write(2) had no processes.
      if (!ControlFile.failedWith(e, "No such file or directory")
          && !ControlFile.failedWith(e, "No such device")) {
        throw e;
      }
    }
  }

  private static void kill(Cgroup cgroup) throws IOException {
    if (cgroup.processes().isEmpty()) {
      return;
    }
    // Without it a loop catches up too: a fork bomb loses against rounds of signals, slowly.
    boolean frozen = frozen(cgroup);
    for (int round = 0; round < ROUNDS; round++) {
      List<Integer> pids = cgroup.processes();
      for (int pid : pids) {
        OpenFile.Native.LIBC.kill(pid, SIGKILL); // ESRCH: it is gone, which is what is wanted.
      }
      if (frozen || pids.isEmpty()) {
        break;
      }
    }
    if (frozen) {
      cgroup.thaw();
    }
  }

  private static boolean frozen(Cgroup cgroup) throws IOException {
    try {
      cgroup.freeze();
      return true;
    } catch (IOException e) {
      if (cgroup.exists()) {
        cgroup.thaw();
      }
      return false;
    }
  }
}
