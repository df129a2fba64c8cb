package io.sandjar.runtime.container;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.CgroupStats;
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
    this.layers = new LayerUsages(snapshots, clock, workers);
    this.layersFolder = layersFolder;
    events.subscribe(this::forgetDeleted, () -> {});
  }

  /**
   * What was measured of a container.
   *
   * @param cgroup empty for one that does not run
   * @param nanoCores CPU used lately
   */
  public record OfContainer(
      Container container, Optional<CgroupStats> cgroup, long nanoCores, Usage writableLayer) {}

  /** What was measured of a pod as a whole. */
  public record OfPod(
      Sandbox sandbox,
      Optional<CgroupStats> cgroup,
      long nanoCores,
      List<InterfaceCounters> interfaces) {}

  public OfContainer of(Container container) {
    Optional<CgroupStats> stats = cgroup(container);
    return new OfContainer(
        container, stats, nanoCores(container.id(), stats), writableLayer(container));
  }

  /** What its cgroup counted; empty for a container that does not run. */
  public Optional<CgroupStats> cgroup(Container container) {
    return container.state() == Container.State.RUNNING
        ? read(container.record().cgroupParent(), container.id())
        : Optional.empty();
  }

  /** What the container has written to its own file system, as of some seconds ago. */
  public Usage writableLayer(Container container) {
    return layers.of(container.id());
  }

  public OfPod of(Sandbox sandbox) {
    Optional<CgroupStats> stats = sandbox.isReady() ? readPod(sandbox) : Optional.empty();
    return new OfPod(sandbox, stats, nanoCores(sandbox.id(), stats), interfaces(sandbox));
  }

  /** The file system that holds the writable layers. */
  public Path layersFolder() {
    return layersFolder;
  }

  private long nanoCores(String id, Optional<CgroupStats> stats) {
    return stats
        .map(read -> rates.rate(id, read.timestampNanos(), read.cpu().usageNanos()))
        .orElse(0L);
  }

  private Optional<CgroupStats> read(String parent, String id) {
    try {
      return Optional.of(cgroups.at(parent, id).stats());
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "no statistics of " + id, gone);
      return Optional.empty();
    }
  }

  private Optional<CgroupStats> readPod(Sandbox sandbox) {
    try {
      return Optional.of(cgroups.parentAt(sandbox.record().cgroupParent()).stats());
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "no statistics of pod " + sandbox.spec().name(), gone);
      return Optional.empty();
    }
  }

  private List<InterfaceCounters> interfaces(Sandbox sandbox) {
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
