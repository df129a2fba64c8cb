package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.DiskSync;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;

/** Sandboxes and containers put together: what a face of the runtime works with. */
public final class PodEngine implements AutoCloseable {
  private final DiskSync disk;
  private final Sandboxes sandboxes;
  private final LiveContainers live;
  private final Containers containers;
  private final Execs execs;
  private final PodTeardown teardown;
  private final ContainerEvents events;
  private final PodStats stats;
  private final ContainerRecovery recovery;

  public PodEngine(EngineSetup setup) throws IOException {
    this.disk = new DiskSync(setup.workers());
    this.events = new ContainerEvents(setup.workers());
    this.sandboxes =
        new Sandboxes(
            setup.root(),
            setup.state(),
            setup.defaultCgroup(),
            setup.network(),
            setup.cgroups(),
            setup.launcher(),
            setup.seccomp(),
            setup.resolvConf(),
            setup.boot(),
            setup.clock(),
            setup.workers(),
            disk,
            new SandboxEvents(events, setup.clock()),
            setup.steps(),
            setup.failpoints());
    Keyed keyed = new Keyed();
    ContainerStore store =
        new ContainerStore(setup.root(), setup.state(), disk, setup.failpoints());
    ContainerPlan plan = new ContainerPlan(setup.seccomp(), setup.appArmor());
    ContainerEnding ending =
        new ContainerEnding(store, setup.cgroups(), events, setup.clock(), setup.failpoints());
    ContainerRemoval removal =
        new ContainerRemoval(store, setup.snapshots(), setup.cgroups(), setup.failpoints());
    this.live = new LiveContainers(store, ending, keyed, setup.clock(), setup.workers());
    ContainerStart start =
        new ContainerStart(
            store,
            sandboxes,
            live,
            ending,
            events,
            setup.clock(),
            setup.steps(),
            setup.failpoints());
    ContainerAdoption adoption =
        new ContainerAdoption(
            store,
            sandboxes,
            live,
            start,
            ending,
            setup.launcher(),
            setup.logs(),
            setup.clock(),
            keyed,
            setup.workers(),
            setup.failpoints());
    this.containers =
        new Containers(
            store,
            sandboxes,
            setup.images(),
            new ContainerCreation(
                store,
                setup.images(),
                setup.snapshots(),
                setup.cgroups(),
                setup.launcher(),
                setup.logs(),
                plan,
                setup.steps(),
                setup.failpoints()),
            start,
            live,
            adoption,
            ending,
            removal,
            events,
            setup.boot(),
            setup.clock(),
            keyed);
    this.execs = new Execs(containers, sandboxes, ending, plan, setup.launcher(), setup.epoll());
    this.teardown = new PodTeardown(sandboxes, containers, events, setup.workers(), setup.clock());
    this.stats =
        new PodStats(
            sandboxes,
            setup.cgroups(),
            setup.snapshots(),
            setup.root(),
            events,
            setup.clock(),
            setup.workers());
    this.recovery =
        new ContainerRecovery(
            store,
            sandboxes,
            adoption,
            removal,
            ending,
            setup.launcher(),
            setup.snapshots(),
            setup.boot(),
            setup.clock());
  }

  /** Takes over what an earlier daemon left. To be called once, before anything else. */
  public void recover() throws IOException {
    sandboxes.recover();
    recovery.recover();
    teardown.rollForward();
  }

  public Sandboxes sandboxes() {
    return sandboxes;
  }

  public Containers containers() {
    return containers;
  }

  public Execs execs() {
    return execs;
  }

  public PodTeardown teardown() {
    return teardown;
  }

  public ContainerEvents events() {
    return events;
  }

  public PodStats stats() {
    return stats;
  }

  /** Lets go of what this process holds; every container and sandbox goes on. */
  @Override
  public void close() {
    live.release();
    disk.close();
  }
}
