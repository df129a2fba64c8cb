package io.sandjar.runtime.daemon;

import io.sandjar.runtime.cri.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Whether the engine can run pods at this moment: what a kubelet asks for as RuntimeReady. */
final class RuntimeCheck {
  private static final String PROBE = ".writable";

  private final List<Path> folders;
  private final Map<String, BooleanSupplier> threads;
  private final String cgroup;
  private final BooleanSupplier cgroupThere;

  /**
   * @param folders in which every pod has files
   * @param threads without which pods cannot be served, by what they do, and whether they run
   * @param cgroup in which containers are started
   * @param cgroupThere whether it is there
   */
  RuntimeCheck(
      List<Path> folders,
      Map<String, BooleanSupplier> threads,
      String cgroup,
      BooleanSupplier cgroupThere) {
    this.folders = folders;
    this.threads = threads;
    this.cgroup = cgroup;
    this.cgroupThere = cgroupThere;
  }

  Condition condition() {
    for (var thread : threads.entrySet()) {
      if (!thread.getValue().getAsBoolean()) {
        return Condition.unmet(
            "ThreadEnded",
            "the thread that "
                + thread.getKey()
                + " has ended, which the daemon's log explains; start the daemon again, pods go on");
      }
    }
    for (Path folder : folders) {
      try {
        Path probe = folder.resolve(PROBE);
        Files.write(probe, new byte[] {'\n'});
        Files.deleteIfExists(probe);
      } catch (IOException failed) {
        return Condition.unmet(
            "FolderNotWritable",
            "cannot write to " + folder + ", where every pod has files: " + failed);
      }
    }
    if (!cgroupThere.getAsBoolean()) {
      return Condition.unmet(
          "CgroupMissing",
          "the cgroup "
              + cgroup
              + ", in which containers are started, is gone: someone removed it, or the cgroups are"
              + " not mounted; start the daemon again, pods go on");
    }
    return Condition.MET;
  }
}
