package io.sandjar.runtime.container;

import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.util.Optional;

/**
 * Removes a container with all that it has. Every step may be done again, so a removal that was cut
 * off is finished by another one.
 */
final class ContainerRemoval {
  private final ContainerStore store;
  private final Snapshots snapshots;
  private final CgroupDriver cgroups;
  private final Failpoints failpoints;

  ContainerRemoval(
      ContainerStore store, Snapshots snapshots, CgroupDriver cgroups, Failpoints failpoints) {
    this.store = store;
    this.snapshots = snapshots;
    this.cgroups = cgroups;
    this.failpoints = failpoints;
  }

  /**
   * @param live what this daemon still holds of it: of one that waits at the gate. To be forgotten
   *     by the caller when this has returned, not before: it would be lost if this fails.
   */
  void remove(Container container, Optional<LiveContainer> live) throws IOException {
    Container removing = store.save(container.with(container.life().in(ContainerPhase.REMOVING)));
    endProcesses(removing, live);
    failpoints.pass("container.remove.processes");
    for (String view : removing.record().views()) {
      snapshots.remove(view);
      failpoints.pass("container.remove.view");
    }
    snapshots.remove(removing.id());
    failpoints.pass("container.remove.snapshot");
    store.remove(removing);
  }

  private void endProcesses(Container container, Optional<LiveContainer> live) throws IOException {
    Cgroup cgroup = cgroups.at(container.record().cgroupParent(), container.id());
    boolean exists = cgroup.exists();
    if (exists) {
      cgroup.kill();
    }
    failpoints.pass("container.remove.killed");
    if (live.isPresent()) {
      live.get().end();
      live.get().exited().complete(null);
    }
    if (exists) {
      cgroup.remove();
    }
  }
}
