package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.mount.HostMounts;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Gives back what a sandbox holds of the kernel. Every step may be done again, so a teardown that
 * was cut off is finished by another one.
 */
final class SandboxTeardown {
  private final SandboxStore store;
  private final PodNetwork network;
  private final CgroupDriver cgroups;
  private final PodCgroups podCgroups;
  private final Pauses pauses;
  private final Timings steps;
  private final Failpoints failpoints;

  SandboxTeardown(
      SandboxStore store,
      PodNetwork network,
      CgroupDriver cgroups,
      PodCgroups podCgroups,
      Pauses pauses,
      Timings steps,
      Failpoints failpoints) {
    this.store = store;
    this.network = network;
    this.cgroups = cgroups;
    this.podCgroups = podCgroups;
    this.pauses = pauses;
    this.steps = steps;
    this.failpoints = failpoints;
  }

  /** Ends the sandbox; its record and its files stay. */
  Sandbox stop(Sandbox sandbox) throws IOException {
    Sandbox stopping = sandbox;
    if (sandbox.life().phase() != SandboxPhase.STOPPING) {
      stopping = store.save(sandbox.with(sandbox.life().in(SandboxPhase.STOPPING)));
    }
    Sandbox released = release(stopping);
    SandboxLife ended =
        new SandboxLife(SandboxPhase.STOPPED, released.life().bootId(), Optional.empty(), Map.of());
    return store.save(released.with(ended));
  }

  /** Removes a sandbox that is stopped. */
  void remove(Sandbox sandbox) throws IOException {
    podCgroups.release(removing(sandbox));
  }

  /** Undoes one that was never made wholly: nobody gets to see it as one that is stopped. */
  void discard(Sandbox sandbox) throws IOException {
    podCgroups.release(release(removing(sandbox)));
  }

  private Sandbox removing(Sandbox sandbox) throws IOException {
    return store.save(sandbox.with(sandbox.life().in(SandboxPhase.REMOVING)));
  }

  private Sandbox release(Sandbox sandbox) throws IOException {
    Timings.Laps laps = steps.laps();
    Sandbox detached = detach(sandbox);
    failpoints.pass("sandbox.stop.detached");
    laps.lap("sandbox.stop.network");
    pauses.end(detached);
    failpoints.pass("sandbox.stop.pause");
    laps.lap("sandbox.stop.pause");
    HostMounts.unmount(detached.files().shm());
    failpoints.pass("sandbox.stop.unmounted");
    Cgroup cgroup = cgroups.at(detached.record().cgroupParent(), detached.id());
    if (cgroup.exists()) {
      // A pause that nobody had written down yet is found here.
      cgroup.kill();
      cgroup.remove();
    }
    failpoints.pass("sandbox.stop.cgroup");
    laps.lap("sandbox.stop.cgroup");
    return detached;
  }

  private Sandbox detach(Sandbox sandbox) throws IOException {
    Optional<Attachment> attachment = sandbox.network();
    if (attachment.isPresent()) {
      network.detach(attachment.get());
      failpoints.pass("sandbox.stop.network");
      return store.save(sandbox.with(sandbox.life().withNetwork(Map.of())));
    }
    if (!sandbox.spec().namespaces().hostNetwork()) {
      // It may have been attached without living long enough to write that down.
      network.discard(sandbox.id());
    }
    return sandbox;
  }
}
