package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.mount.HostMounts;
import io.sandjar.runtime.state.BootId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Brings the sandboxes' files and the kernel together again when the daemon starts. */
final class SandboxRecovery {
  private static final System.Logger LOG = System.getLogger(SandboxRecovery.class.getName());

  private final SandboxStore store;
  private final SandboxTeardown teardown;
  private final Pauses pauses;
  private final CgroupDriver cgroups;
  private final UnaryOperator<String> ownParent;
  private final PodNetwork network;
  private final BootId boot;

  /**
   * @param ownParent the cgroup of a pod that names none, by the sandbox's id
   */
  SandboxRecovery(
      SandboxStore store,
      SandboxTeardown teardown,
      Pauses pauses,
      CgroupDriver cgroups,
      UnaryOperator<String> ownParent,
      PodNetwork network,
      BootId boot) {
    this.store = store;
    this.teardown = teardown;
    this.pauses = pauses;
    this.cgroups = cgroups;
    this.ownParent = ownParent;
    this.network = network;
    this.boot = boot;
  }

  void recover() throws IOException {
    store
        .load()
        .forEach(
            (stray, life) ->
                guarded("remove the remains of sandbox " + stray, () -> removeStray(stray, life)));
    List<Attachment> attached = new ArrayList<>();
    for (Sandbox sandbox : List.copyOf(store.all())) {
      try {
        recover(ofThisBoot(sandbox)).flatMap(Sandbox::network).ifPresent(attached::add);
      } catch (IOException | RuntimeException failed) {
        // One sandbox that cannot be mended must not keep the node from starting, nor lose its
        // network: it may well be alive.
        LOG.log(Level.ERROR, "cannot recover the sandbox of pod " + sandbox.spec().name(), failed);
        sandbox.network().ifPresent(attached::add);
      }
    }
    network.reconcile(attached);
  }

  /**
   * After a reboot nothing of the kernel's is left, so there is nothing to give back. Where only
   * its file was lost, its cgroup is still there.
   */
  private Sandbox ofThisBoot(Sandbox sandbox) throws IOException {
    if (sandbox.life().bootId().equals(boot.value())) {
      return sandbox;
    }
    SandboxPhase phase =
        switch (sandbox.life().phase()) {
          case CREATING, REMOVING -> sandbox.life().phase();
          case READY, STOPPING, STOPPED ->
              cgroups.at(sandbox.record().cgroupParent(), sandbox.id()).exists()
                  ? SandboxPhase.STOPPING
                  : SandboxPhase.STOPPED;
        };
    return store.save(
        sandbox.with(new SandboxLife(phase, boot.value(), Optional.empty(), Map.of())));
  }

  private Optional<Sandbox> recover(Sandbox sandbox) throws IOException {
    return switch (sandbox.life().phase()) {
      case CREATING, REMOVING -> {
        teardown.discard(sandbox);
        yield Optional.empty();
      }
      // Its containers end first: whoever knows them rolls this forward.
      case STOPPING -> Optional.of(sandbox);
      case STOPPED -> Optional.of(sandbox);
      case READY ->
          Optional.of(
              pauses.adopt(sandbox)
                  ? sandbox
                  : store.save(sandbox.with(sandbox.life().in(SandboxPhase.STOPPING))));
    };
  }

  private void removeStray(String id, Optional<SandboxLife> life) throws IOException {
    if (life.isPresent() && life.get().bootId().equals(boot.value())) {
      Optional<ProcessId> pause = life.get().pause();
      if (pause.isPresent()) {
        pauses.kill(pause.get());
      }
    }
    Cgroup pod = cgroups.parentAt(ownParent.apply(id));
    if (pod.exists()) {
      pod.kill();
      pod.remove();
    }
    HostMounts.unmount(store.filesOf(id).shm());
    network.discard(id);
    store.removeStray(id);
  }

  private static void guarded(String what, Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException failed) {
      // One sandbox that cannot be mended must not keep the node from starting.
      LOG.log(Level.ERROR, "cannot " + what, failed);
    }
  }

  private interface Step {
    void run() throws IOException;
  }
}
