package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.Join;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Starts pause processes, containers and further processes in containers. */
public final class Launcher implements AutoCloseable {
  private final LauncherConfig config;
  private final KernelVersion kernel;
  private final int lastCapability;
  private final Spawner spawner;
  private final Epoll epoll;
  private final LaunchBounds bounds;

  public Launcher(LauncherConfig config) throws IOException {
    this(config, KernelVersion.ofThisMachine());
  }

  /**
   * @param kernel whose ways are taken; an older one's work on a newer one
   */
  Launcher(LauncherConfig config, KernelVersion kernel) throws IOException {
    this.config = config;
    this.bounds = LaunchBounds.of(config.bound());
    this.kernel = kernel;
    this.lastCapability = Capabilities.last();
    this.spawner = new Spawner(Architecture.ofThisMachine(), config.folder());
    try {
      this.epoll = Epoll.start("sandjar-exits");
    } catch (IOException e) {
      spawner.close();
      throw e;
    }
  }

  /**
   * Starts a sandbox's pause process, which goes on to prepare itself; see {@link
   * Pause#awaitPrepared}. Until then the launch's cgroup has to stay open.
   */
  public Pause beginPause(PauseLaunch launch) throws IOException {
    return new PauseStart(launch, context(Optional.empty()), spawner, bounds).run(epoll);
  }

  /**
   * Finds a pause process that an earlier daemon started.
   *
   * @param user the host's ids that are root in its user namespace; empty for the host's namespace
   * @return empty if it is gone
   */
  public Optional<Pause> adoptPause(ProcessId id, List<IdMapping> uids, List<IdMapping> gids)
      throws IOException {
    Optional<Pidfd> pidfd = id.open();
    return pidfd.isEmpty() ? Optional.empty() : Optional.of(pause(id, pidfd.get(), uids, gids));
  }

  private Pause pause(ProcessId id, Pidfd pidfd, List<IdMapping> uids, List<IdMapping> gids)
      throws IOException {
    try {
      return new Pause(id, pidfd, uids, gids, Optional.empty(), epoll, bounds.end());
    } catch (IOException | RuntimeException e) {
      pidfd.close();
      throw e;
    }
  }

  /** Starts a container up to its gate: everything is done but its command. */
  public Monitor create(ContainerLaunch launch) throws IOException {
    try (Join monitors = joinOfMonitors()) {
      return new ContainerStart(launch, context(Optional.of(monitors)), spawner, bounds).run(epoll);
    }
  }

  private Join joinOfMonitors() throws IOException {
    Optional<Cgroup> monitors = config.monitors();
    return monitors.isPresent() ? monitors.get().join() : new Join(Optional.empty(), List.of());
  }

  /**
   * Finds a monitor that an earlier daemon started, and gets its files back. It need not live any
   * more: then its exit file tells, or nobody knows.
   */
  public Monitor adopt(MonitorRecord monitor) throws IOException {
    return MonitorAdoption.adopt(monitor, epoll, bounds);
  }

  /**
   * How a container ended whose processes were killed while its monitor could not be adopted.
   *
   * @return empty where the monitor does not tell: it is gone, or does not get to it
   */
  public Optional<ExitStatus> exitOf(MonitorRecord killed) throws IOException {
    Optional<Pidfd> monitor = killed.monitor().open();
    if (monitor.isEmpty()) {
      return ExitFile.read(Path.of(killed.exitFile()));
    }
    try (Pidfd writer = monitor.get()) {
      return ExitFile.await(Path.of(killed.exitFile()), writer, bounds.end());
    }
  }

  /**
   * Ends what an earlier daemon has started and died too soon to remember: monitors and containers
   * at their gates. To be called while nothing is being started.
   *
   * @param folder under which the exit files of this daemon's containers lie
   * @param known what is remembered
   */
  public void endStrays(Path folder, Set<ProcessId> known) throws IOException {
    new StrayMonitors(folder, known).end();
  }

  /** Kills a process that is still the one it was; nothing where it is gone. */
  public void kill(ProcessId process) throws IOException {
    StrayMonitors.kill(process);
  }

  /** Runs a further process in a container. */
  public ExecProcess exec(ExecLaunch launch) throws IOException {
    return new ExecStart(launch, context(Optional.empty()), spawner, bounds).run(epoll);
  }

  /** Every syscall that would start the container, on a line each. Nothing is started. */
  public List<String> plan(ContainerLaunch launch) throws IOException {
    Fd[] pipe = OpenFiles.pipe();
    try (Fd status = pipe[1];
        Fd told = pipe[0];
        Fd devpts = ContainerStart.devpts(launch);
        Fd listener = MonitorSocket.open();
        MonitorFiles files = MonitorFiles.create(told);
        Join monitors = joinOfMonitors()) {
      ContainerProgram program =
          new ContainerProgram(
              ContainerStart.withSources(launch),
              context(Optional.of(monitors)),
              files,
              devpts,
              status,
              listener);
      return program.compose().build(program.pid()).listing();
    }
  }

  private LaunchContext context(Optional<Join> monitors) {
    return new LaunchContext(kernel, config.cgroups(), lastCapability, config.limits(), monitors);
  }

  /** Whether the ends of processes are still noticed. */
  public boolean isAlive() {
    return epoll.isAlive();
  }

  /** Containers go on; nobody is told of their ends any more. */
  @Override
  public void close() {
    epoll.close();
    spawner.close();
  }
}
