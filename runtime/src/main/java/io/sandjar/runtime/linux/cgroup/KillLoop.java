package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.util.List;

/** Kills all of a cgroup where the kernel cannot: stands it still, so that no fork gets away. */
final class KillLoop {
  private static final int SIGKILL = 9;
  private static final int ROUNDS = 100;

  private KillLoop() {}

  static void kill(Cgroup cgroup) throws IOException {
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
