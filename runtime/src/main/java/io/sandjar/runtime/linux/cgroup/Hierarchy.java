package io.sandjar.runtime.linux.cgroup;

import java.nio.file.Path;
import java.util.Set;

/**
 * One mounted cgroup v1 hierarchy.
 *
 * @param mountPoint where its tree is mounted
 * @param controllers its controllers ({@code cpu}, {@code cpuacct}), or {@code name=systemd} for a
 *     hierarchy that only groups
 */
public record Hierarchy(Path mountPoint, Set<String> controllers) {

  public Hierarchy {
    controllers = Set.copyOf(controllers);
  }

  boolean has(String controller) {
    return controllers.contains(controller);
  }

  Path folder(String path) {
    return CgroupPath.under(mountPoint, path);
  }

  /** Where the processes of a cgroup are told. */
  String procs(String path) {
    return mountPoint + (path.equals("/") ? "" : path) + "/cgroup.procs";
  }
}
