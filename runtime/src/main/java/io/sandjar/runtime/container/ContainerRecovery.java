package io.sandjar.runtime.container;

import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Monitor;
import io.sandjar.runtime.linux.launch.MonitorRecord;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.BootId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Brings the containers' files and the kernel together again when the daemon starts. */
final class ContainerRecovery {
  private static final System.Logger LOG = System.getLogger(ContainerRecovery.class.getName());

  private final ContainerStore store;
  private final Sandboxes sandboxes;
  private final ContainerAdoption adoption;
  private final ContainerRemoval removal;
  private final ContainerEnding ending;
  private final Launcher launcher;
  private final Snapshots snapshots;
  private final BootId boot;
  private final Clock clock;

  ContainerRecovery(
      ContainerStore store,
      Sandboxes sandboxes,
      ContainerAdoption adoption,
      ContainerRemoval removal,
      ContainerEnding ending,
      Launcher launcher,
      Snapshots snapshots,
      BootId boot,
      Clock clock) {
    this.store = store;
    this.sandboxes = sandboxes;
    this.adoption = adoption;
    this.removal = removal;
    this.ending = ending;
    this.launcher = launcher;
    this.snapshots = snapshots;
    this.boot = boot;
    this.clock = clock;
  }

  void recover() throws IOException {
    Map<String, Optional<ContainerLife>> strays = store.load();
    endStrayMonitors();
    strays.forEach(
        (id, life) ->
            guarded("remove the remains of container " + id, () -> removeStray(id, life)));
    for (Container container : List.copyOf(store.all())) {
      guarded(
          "recover container " + container.record().label(), () -> recover(ofThisBoot(container)));
    }
    removeStraySnapshots();
  }

  /** After a reboot nothing of the kernel's is left: whatever ran has ended then. */
  private Container ofThisBoot(Container container) throws IOException {
    if (container.life().bootId().equals(boot.value())) {
      return container;
    }
    ContainerPhase phase = container.phase();
    ContainerLife life =
        new ContainerLife(phase, boot.value(), Optional.empty(), container.life().startedAt());
    Container here = container.with(life);
    if (phase == ContainerPhase.CREATING || phase == ContainerPhase.REMOVING) {
      return store.save(here);
    }
    return here.end().isPresent()
        ? store.save(here.with(life.in(ContainerPhase.EXITED)))
        : lost(here, "the machine was restarted while it ran");
  }

  /** First of all: what a killed daemon has just started would otherwise fork behind our back. */
  private void endStrayMonitors() throws IOException {
    Set<ProcessId> known = new HashSet<>();
    for (Container container : store.all()) {
      if (container.life().bootId().equals(boot.value())) {
        container
            .life()
            .monitor()
            .ifPresent(monitor -> known.addAll(List.of(monitor.monitor(), monitor.container())));
      }
    }
    launcher.endStrays(store.lives(), known);
  }

  /** Its monitor was ended above; of the container only the first process is known. */
  private void removeStray(String id, Optional<ContainerLife> life) throws IOException {
    if (life.isPresent() && life.get().bootId().equals(boot.value())) {
      Optional<MonitorRecord> monitor = life.get().monitor();
      if (monitor.isPresent()) {
        launcher.kill(monitor.get().container());
      }
    }
    store.removeStray(id);
  }

  private void recover(Container container) throws IOException {
    if (sandboxes.find(container.sandboxId()).isEmpty()) {
      LOG.log(
          Level.WARNING,
          "container {0} is removed: the record of its sandbox is lost",
          container.record().label());
      endMonitor(container);
      removal.remove(container, Optional.empty());
      return;
    }
    switch (container.phase()) {
      case CREATING, REMOVING -> {
        endMonitor(container);
        removal.remove(container, Optional.empty());
      }
      case CREATED, STARTING, RUNNING -> adoption.adopt(container.id());
      case EXITED -> {
        endMonitor(container);
        Cgroup cgroup = ending.cgroup(container);
        if (cgroup.exists()) {
          // It may live on where only its file was lost.
          cgroup.kill();
          cgroup.remove();
        }
      }
    }
  }

  private Container lost(Container container, String why) throws IOException {
    return store.saveEnd(
        container.ended(
            new ContainerEnd(
                container.life().startedAt(),
                clock.instant(),
                ContainerEnd.UNKNOWN_EXIT_CODE,
                ContainerEnd.UNKNOWN,
                why)));
  }

  private void endMonitor(Container container) throws IOException {
    Optional<MonitorRecord> known = container.life().monitor();
    if (known.isEmpty()) {
      return;
    }
    try (Monitor monitor = launcher.adopt(known.get())) {
      monitor.end();
    } catch (IOException unreachable) {
      LOG.log(Level.DEBUG, "the monitor of " + container.record().label(), unreachable);
      launcher.kill(known.get().monitor());
    }
  }

  private void removeStraySnapshots() {
    Set<String> owned = new HashSet<>();
    for (Container container : store.all()) {
      owned.add(container.id());
      owned.addAll(container.record().views());
    }
    for (Snapshot snapshot : snapshots.list()) {
      if (!owned.contains(snapshot.id())) {
        guarded("remove the snapshot " + snapshot.id(), () -> snapshots.remove(snapshot.id()));
      }
    }
  }

  private static void guarded(String what, Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException failed) {
      // One container that cannot be mended must not keep the node from starting.
      LOG.log(Level.ERROR, "cannot " + what, failed);
    }
  }

  private interface Step {
    void run() throws IOException;
  }
}
