package io.sandjar.runtime.container;

import io.sandjar.runtime.container.log.ContainerLog;
import io.sandjar.runtime.container.log.LogPipes;
import io.sandjar.runtime.container.log.LogPump;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Monitor;
import io.sandjar.runtime.state.BootId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;

/** Brings the containers' files and the kernel together again when the daemon starts. */
final class ContainerRecovery {
  private static final System.Logger LOG = System.getLogger(ContainerRecovery.class.getName());

  /** The name of the memory file, or file, that a launched process runs from at first. */
  private static final String LAUNCHER = "sandjar-launcher";

  private final ContainerStore store;
  private final Containers containers;
  private final ContainerRemoval removal;
  private final ContainerEnding ending;
  private final Launcher launcher;
  private final LogPump logs;
  private final Snapshots snapshots;
  private final BootId boot;
  private final Clock clock;

  ContainerRecovery(
      ContainerStore store,
      Containers containers,
      ContainerRemoval removal,
      ContainerEnding ending,
      Launcher launcher,
      LogPump logs,
      Snapshots snapshots,
      BootId boot,
      Clock clock) {
    this.store = store;
    this.containers = containers;
    this.removal = removal;
    this.ending = ending;
    this.launcher = launcher;
    this.logs = logs;
    this.snapshots = snapshots;
    this.boot = boot;
    this.clock = clock;
  }

  void recover() throws IOException {
    for (String stray : store.load(boot)) {
      guarded("remove the remains of container " + stray, () -> store.removeStray(stray));
    }
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

  private void recover(Container container) throws IOException {
    switch (container.phase()) {
      case CREATING, REMOVING -> {
        endMonitor(container);
        removal.remove(container, Optional.empty());
      }
      case CREATED, STARTING, RUNNING -> adopt(container);
      case EXITED -> {
        endMonitor(container);
        ending.cgroup(container).remove();
      }
    }
  }

  private void adopt(Container container) throws IOException {
    Monitor monitor;
    try {
      monitor = launcher.adopt(container.life().monitor().orElseThrow());
    } catch (IOException gone) {
      LOG.log(
          Level.WARNING,
          "the monitor of container " + container.record().label() + " is gone",
          gone);
      ending.cgroup(container).kill();
      lost(container, "its monitor was lost: " + gone.getMessage());
      ending.cgroup(container).remove();
      return;
    }
    if (monitor.held().isEmpty()) {
      // The monitor is gone, with the ends of the pipes; its exit file may tell how it went.
      ending.endedUnwatched(container, exitOf(monitor));
      monitor.close();
      return;
    }
    ContainerLog log =
        logs.start(LogPipes.of(monitor.held()), ContainerCreation.logPath(container.record()));
    Container adopted = container;
    if (container.phase() == ContainerPhase.STARTING) {
      adopted =
          store.save(
              commandRuns(monitor)
                  ? container.with(container.life().started(clock.instant()))
                  : container.with(container.life().in(ContainerPhase.CREATED)));
    }
    containers.adopt(adopted, new LiveContainer(monitor, log));
  }

  private ExitStatus exitOf(Monitor monitor) {
    try {
      return monitor.exit().join();
    } catch (CompletionException unreadable) {
      return ExitStatus.unknown(
          "its monitor was lost: " + unreadable.getCause().getMessage(), clock.instant());
    }
  }

  /** Before its command runs, a process is still the launcher's program, which has no path. */
  private static boolean commandRuns(Monitor monitor) throws IOException {
    Path program = Path.of("/proc", Integer.toString(monitor.id().pid()), "exe");
    try {
      return !Files.readSymbolicLink(program).toString().contains(LAUNCHER);
    } catch (NoSuchFileException ended) {
      return true;
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

  private void endMonitor(Container container) {
    if (container.life().monitor().isEmpty()) {
      return;
    }
    try (Monitor monitor = launcher.adopt(container.life().monitor().get())) {
      monitor.end();
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "the monitor of {0} is gone", container.record().label());
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
