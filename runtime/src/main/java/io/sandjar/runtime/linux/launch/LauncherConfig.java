package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a launcher needs to know of its surroundings.
 *
 * @param folder for the launcher's file, where the kernel forbids executable memory; not on a file
 *     system that is mounted noexec
 * @param cgroups as the host mounts them
 * @param monitors the cgroup of all monitors, which exists: the daemon's own, not a pod's. Empty to
 *     leave them where the daemon is
 * @param limits what a process gets that does not ask for others
 * @param bound how long a step may take, a network file system's included
 */
public record LauncherConfig(
    Path folder,
    Cgroups cgroups,
    Optional<Cgroup> monitors,
    List<ResourceLimit> limits,
    Duration bound) {
  private static final Duration USUAL_BOUND = Duration.ofMinutes(2);

  public LauncherConfig {
    limits = List.copyOf(limits);
  }

  /** Monitors in the daemon's cgroup, and the limits that the daemon was started with. */
  public static LauncherConfig of(Path folder, Cgroups cgroups) throws java.io.IOException {
    return new LauncherConfig(
        folder, cgroups, Optional.empty(), InheritedLimits.read(), USUAL_BOUND);
  }

  public LauncherConfig withMonitors(Cgroup cgroup) {
    return new LauncherConfig(folder, cgroups, Optional.of(cgroup), limits, bound);
  }
}
