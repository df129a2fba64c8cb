package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;

/**
 * The cgroups of whole pods. A kubelet makes one per pod itself; whoever names one that is not
 * there has it made here, and may name the same for several pods: it goes with the last of them.
 */
final class PodCgroups {
  private final SandboxStore store;
  private final CgroupDriver cgroups;
  private final Failpoints failpoints;

  /** Whether a cgroup has users is asked and answered by one at a time. */
  private final Keyed parents = new Keyed();

  PodCgroups(SandboxStore store, CgroupDriver cgroups, Failpoints failpoints) {
    this.store = store;
    this.cgroups = cgroups;
    this.failpoints = failpoints;
  }

  /** Writes down a sandbox that is about to be made, and whether its pod's cgroup is ours. */
  Sandbox claim(Sandbox intended) throws IOException {
    SandboxRecord record = intended.record();
    return parents.hold(
        record.cgroupParent(),
        () -> {
          boolean ours =
              record.spec().cgroupParent().isEmpty()
                  || !cgroups.parentAt(record.cgroupParent()).exists()
                  || isSharedBy(intended);
          Sandbox sandbox =
              new Sandbox(record.owningCgroup(ours), intended.life(), intended.files());
          store.add(sandbox);
          return sandbox;
        });
  }

  /** Forgets a sandbox, and removes its pod's cgroup unless another one's pod is in it. */
  void release(Sandbox sandbox) throws IOException {
    String parent = sandbox.record().cgroupParent();
    parents.hold(
        parent,
        () -> {
          if (sandbox.record().ownsCgroup() && !isSharedBy(sandbox)) {
            Cgroup pod = cgroups.parentAt(parent);
            if (pod.exists()) {
              // What has lost its record is found here.
              pod.kill();
              pod.remove();
            }
          }
          failpoints.pass("sandbox.remove.cgroup");
          store.remove(sandbox);
          return null;
        });
  }

  private boolean isSharedBy(Sandbox sandbox) {
    return store.all().stream()
        .anyMatch(
            other ->
                !other.id().equals(sandbox.id())
                    && other.record().ownsCgroup()
                    && other.record().cgroupParent().equals(sandbox.record().cgroupParent()));
  }
}
