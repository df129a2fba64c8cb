package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.cgroup.Join;
import java.util.List;
import java.util.Optional;

/**
 * What launches depend on besides their own description.
 *
 * @param cgroups as the host mounts them
 * @param lastCapability the highest that the kernel knows
 * @param limits those that a process has unless it asks for others
 * @param monitors the cgroup of all monitors; empty to leave them in the daemon's
 */
record LaunchContext(
    KernelVersion kernel,
    Cgroups cgroups,
    int lastCapability,
    List<ResourceLimit> limits,
    Optional<Join> monitors) {}
