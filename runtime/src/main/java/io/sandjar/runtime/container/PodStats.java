package io.sandjar.runtime.container;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.CgroupStats;
import io.sandjar.runtime.linux.cgroup.CgroupUsage;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.Sandboxes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Measures what sandboxes and containers use. */
public final class PodStats {
  private static final System.Logger LOG = System.getLogger(PodStats.class.getName());

  private final Sandboxes sandboxes;
  private final CgroupDriver cgroups;
  private final LayerUsages layers;
  private final Path layersFolder;
  private final CpuRates rates = new CpuRates();

  PodStats(
      Sandboxes sandboxes,
      CgroupDriver cgroups,
      Snapshots snapshots,
      Path layersFolder,
      ContainerEvents events,
      Clock clock,
      Executor workers) {
    this.sandboxes = sandboxes;
    this.cgroups = cgroups;
    this.layers = new LayerUsages(snapshots::usage, clock, workers);
    this.layersFolder = layersFolder;
    events.subscribe(this::forgetDeleted, () -> {});
  }

  /**
   * What was measured of a container.
   *
   * @param usage empty for one that does not run
   * @param nanoCores CPU used lately
   */
  public record OfContainer(
      Container container, Optional<CgroupUsage> usage, long nanoCores, Usage writableLayer) {}

  /** What was measured of a pod as a whole. */
  public record OfPod(
      Sandbox sandbox,
      Optional<CgroupUsage> usage,
      long nanoCores,
      int processes,
      List<InterfaceCounters> interfaces) {}

  public OfContainer of(Container container) {
    Optional<CgroupUsage> usage = usage(container);
    return new OfContainer(
        container, usage, nanoCores(container.id(), usage), writableLayer(container));
  }

  /** What its cgroup uses; empty for a container that does not run. */
  public Optional<CgroupUsage> usage(Container container) {
    return read(container, Cgroup::usage);
  }

  /** All that its cgroup counts; empty for a container that does not run. */
  public Optional<CgroupStats> details(Container container) {
    return read(container, Cgroup::stats);
  }

  /** How many processes it has. */
  public int processes(Container container) {
    return read(container, Cgroup::processes).map(List::size).orElse(0);
  }

  /** What the container has written to its own file system, as of some seconds ago. */
  public Usage writableLayer(Container container) {
    return layers.of(container.id());
  }

  /**
   * @param running the pod's containers that run
   */
  public OfPod of(Sandbox sandbox, List<Container> running) {
    Optional<CgroupUsage> usage = read(sandbox, Cgroup::usage);
    // In the leaves that are known: several pods may have one parent, and to list it costs more.
    int processes = running.stream().mapToInt(this::processes).sum() + processesOfPause(sandbox);
    return new OfPod(
        sandbox, usage, nanoCores(sandbox.id(), usage), processes, interfaces(sandbox));
  }

  private int processesOfPause(Sandbox sandbox) {
    Cgroup leaf = cgroups.at(sandbox.record().cgroupParent(), sandbox.id());
    return read(leaf, Cgroup::processes).map(List::size).orElse(0);
  }

  /** All that the pod's cgroup counts; empty for one that does not run. */
  public Optional<CgroupStats> details(Sandbox sandbox) {
    return read(sandbox, Cgroup::stats);
  }

  /** The file system that holds the writable layers. */
  public Path layersFolder() {
    return layersFolder;
  }

  private long nanoCores(String id, Optional<CgroupUsage> usage) {
    return usage.map(read -> rates.rate(id, System.nanoTime(), read.cpuNanos())).orElse(0L);
  }

  /** Something that is read from a cgroup. */
  private interface Reading<T> {
    T from(Cgroup cgroup) throws IOException;
  }

  private <T> Optional<T> read(Container container, Reading<T> reading) {
    return container.state() == Container.State.RUNNING
        ? read(cgroups.at(container.record().cgroupParent(), container.id()), reading)
        : Optional.empty();
  }

  private <T> Optional<T> read(Sandbox sandbox, Reading<T> reading) {
    return sandbox.isReady()
        ? read(cgroups.parentAt(sandbox.record().cgroupParent()), reading)
        : Optional.empty();
  }

  private static <T> Optional<T> read(Cgroup cgroup, Reading<T> reading) {
    try {
      return Optional.of(reading.from(cgroup));
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "no statistics of " + cgroup.path(), gone);
      return Optional.empty();
    }
  }

  /** What its network interfaces have carried; none on the host's network. */
  public List<InterfaceCounters> interfaces(Sandbox sandbox) {
    Optional<Pause> pause = sandboxes.pause(sandbox.id());
    if (pause.isEmpty() || sandbox.spec().namespaces().hostNetwork()) {
      return List.of();
    }
    try {
      return InterfaceCounters.ofProcess(pause.get().id().pid());
    } catch (IOException gone) {
      return List.of();
    }
  }

  private void forgetDeleted(ContainerEvents.Event event) {
    if (event.kind() == ContainerEvents.Kind.DELETED) {
      rates.forget(event.containerId());
      layers.forget(event.containerId());
    }
  }
}
