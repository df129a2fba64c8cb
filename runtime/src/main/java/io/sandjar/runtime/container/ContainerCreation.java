package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.log.ContainerLog;
import io.sandjar.runtime.container.log.LogPath;
import io.sandjar.runtime.container.log.LogPipes;
import io.sandjar.runtime.container.log.LogPump;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.launch.ContainerLaunch;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Monitor;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.linux.launch.Stdio;
import io.sandjar.runtime.linux.launch.Terminal;
import io.sandjar.runtime.linux.launch.UserNamespace;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxFiles;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a container up to the gate: its files, its cgroup, its log, and its waiting process. */
final class ContainerCreation {
  /** The group that owns terminals on every distribution. */
  private static final int TTY_GROUP = 5;

  private final ContainerStore store;
  private final Images images;
  private final Snapshots snapshots;
  private final CgroupDriver cgroups;
  private final Launcher launcher;
  private final LogPump logs;
  private final ContainerPlan plan;
  private final Timings steps;
  private final Failpoints failpoints;

  ContainerCreation(
      ContainerStore store,
      Images images,
      Snapshots snapshots,
      CgroupDriver cgroups,
      Launcher launcher,
      LogPump logs,
      ContainerPlan plan,
      Timings steps,
      Failpoints failpoints) {
    this.store = store;
    this.images = images;
    this.snapshots = snapshots;
    this.cgroups = cgroups;
    this.launcher = launcher;
    this.logs = logs;
    this.plan = plan;
    this.steps = steps;
    this.failpoints = failpoints;
  }

  /** A container that waits at the gate, and what this daemon holds of it. */
  record Made(Container container, LiveContainer live) {}

  /**
   * @param intended not on record yet
   * @param target the process whose pid namespace is shared in mode TARGET
   */
  Made make(Container intended, Image image, Sandbox sandbox, Pause pause, Optional<Fd> target)
      throws IOException {
    Timings.Laps laps = steps.laps();
    store.add(intended);
    String id = intended.id();
    Snapshot snapshot = snapshots.prepare(id, image);
    failpoints.pass("container.create.snapshot");
    laps.lap("container.create.snapshot");
    Container container =
        store.saveRecord(intended.with(withProcess(intended.record(), image, sandbox, snapshot)));
    ContainerPlan.Parts parts =
        new ContainerPlan.Parts(
            container.record(),
            sandbox,
            pause,
            image.config(),
            snapshot,
            imageVolumes(container),
            target);
    HostDevices devices = HostDevices.of(container.spec());
    failpoints.pass("container.create.volumes");
    laps.lap("container.create.volumes");
    Cgroup cgroup = cgroups.create(container.record().cgroupParent(), id);
    failpoints.pass("container.create.cgroup");
    cgroup.apply(container.spec().resources());
    failpoints.pass("container.create.limits");
    cgroup.allowDevices(devices.rules());
    failpoints.pass("container.create.devices");
    laps.lap("container.create.cgroup");
    LiveContainer live = launch(container, parts, devices, cgroup);
    try {
      failpoints.pass("container.create.launched");
      laps.lap("container.create.launch");
      return new Made(
          store.save(
              container.with(
                  container.life().with(live.monitor().toRecord()).in(ContainerPhase.CREATED))),
          live);
    } catch (IOException | RuntimeException failed) {
      cgroup.kill();
      live.end();
      throw failed;
    }
  }

  /**
   * Every syscall that starts the container, on a line each; nothing is started.
   *
   * @param target the process whose pid namespace is shared in mode TARGET
   */
  List<String> plan(
      Container container, Image image, Sandbox sandbox, Pause pause, Optional<Fd> target)
      throws IOException {
    String id = container.id();
    Snapshot snapshot =
        snapshots
            .find(id)
            .orElseThrow(
                () -> new EngineException(Kind.NOT_FOUND, "container " + id + " has no files"));
    ContainerPlan.Parts parts =
        new ContainerPlan.Parts(
            container.record(),
            sandbox,
            pause,
            image.config(),
            snapshot,
            imageVolumes(container),
            target);
    Cgroup cgroup = cgroups.at(container.record().cgroupParent(), id);
    return container.spec().tty()
        ? planOnTerminal(container, parts, cgroup)
        : planOnPipes(container, parts, cgroup);
  }

  private List<String> planOnTerminal(Container container, ContainerPlan.Parts parts, Cgroup cgroup)
      throws IOException {
    try (Terminal terminal = Terminal.create(terminalGroup(parts));
        LogPipes pipes = LogPipes.terminal(Pipe.duplicate(terminal.master()))) {
      return withLaunch(
          container,
          parts,
          HostDevices.of(container.spec()),
          cgroup,
          new Stdio.OnTerminal(terminal),
          pipes,
          launcher::plan);
    }
  }

  private List<String> planOnPipes(Container container, ContainerPlan.Parts parts, Cgroup cgroup)
      throws IOException {
    Optional<Pipe> stdin = stdin(container);
    try (LogPipes.Made made = LogPipes.create()) {
      return withLaunch(
          container,
          parts,
          HostDevices.of(container.spec()),
          cgroup,
          onPipes(stdin, made),
          made.pipes(),
          launcher::plan);
    } finally {
      stdin.ifPresent(Pipe::close);
    }
  }

  private LiveContainer launch(
      Container container, ContainerPlan.Parts parts, HostDevices devices, Cgroup cgroup)
      throws IOException {
    Optional<LogPath> path = logPath(container.record());
    return container.spec().tty()
        ? launchOnTerminal(container, parts, devices, cgroup, path)
        : launchOnPipes(container, parts, devices, cgroup, path);
  }

  private LiveContainer launchOnPipes(
      Container container,
      ContainerPlan.Parts parts,
      HostDevices devices,
      Cgroup cgroup,
      Optional<LogPath> path)
      throws IOException {
    Optional<Pipe> stdin = stdin(container);
    LogPipes.Made made = LogPipes.create();
    Monitor monitor;
    try {
      monitor =
          withLaunch(
              container,
              parts,
              devices,
              cgroup,
              onPipes(stdin, made),
              made.pipes(),
              launcher::create);
    } catch (IOException | RuntimeException failed) {
      made.pipes().close();
      throw failed;
    } finally {
      // These are the container's alone now: an end of file must be seen when it ends. The writing
      // end of stdin is its monitor's.
      made.stdout().close();
      made.stderr().close();
      stdin.ifPresent(Pipe::close);
    }
    return withLog(monitor, made.pipes(), path);
  }

  private LiveContainer launchOnTerminal(
      Container container,
      ContainerPlan.Parts parts,
      HostDevices devices,
      Cgroup cgroup,
      Optional<LogPath> path)
      throws IOException {
    LogPipes pipes;
    Monitor monitor;
    try (Terminal terminal = Terminal.create(terminalGroup(parts))) {
      pipes = LogPipes.terminal(Pipe.duplicate(terminal.master()));
      try {
        monitor =
            withLaunch(
                container,
                parts,
                devices,
                cgroup,
                new Stdio.OnTerminal(terminal),
                pipes,
                launcher::create);
      } catch (IOException | RuntimeException failed) {
        pipes.close();
        throw failed;
      }
    }
    return withLog(monitor, pipes, path);
  }

  private static Optional<Pipe> stdin(Container container) throws IOException {
    return container.spec().stdin() ? Optional.of(Pipe.open()) : Optional.empty();
  }

  private static Stdio onPipes(Optional<Pipe> stdin, LogPipes.Made made) {
    return new Stdio.Files(
        stdin.map(Pipe::readEnd),
        stdin.map(Pipe::writeEnd),
        Optional.of(made.stdout()),
        Optional.of(made.stderr()));
  }

  private static int terminalGroup(ContainerPlan.Parts parts) {
    return parts.pause().user().map(UserNamespace::rootGid).orElse(0) + TTY_GROUP;
  }

  private interface ForLaunch<T> {
    T run(ContainerLaunch launch) throws IOException;
  }

  private <T> T withLaunch(
      Container container,
      ContainerPlan.Parts parts,
      HostDevices devices,
      Cgroup cgroup,
      Stdio stdio,
      LogPipes pipes,
      ForLaunch<T> work)
      throws IOException {
    try (Join join = cgroup.join();
        Fd podPids = parts.pause().openNamespace("pid")) {
      return work.run(
          plan.launch(
              parts, devices, stdio, pipes.held(), join, podPids, store.exitFile(container.id())));
    }
  }

  private LiveContainer withLog(Monitor monitor, LogPipes pipes, Optional<LogPath> path)
      throws IOException {
    try {
      ContainerLog log = logs.start(pipes, path);
      return new LiveContainer(monitor, log);
    } catch (IOException | RuntimeException failed) {
      monitor.end();
      throw failed;
    }
  }

  /** Where the log of a container lies; without a folder it has none. */
  static Optional<LogPath> logPath(ContainerRecord record) {
    if (record.logFile().isEmpty()) {
      return Optional.empty();
    }
    Path folder =
        Path.of(
            record
                .logFile()
                .substring(0, record.logFile().length() - record.spec().logPath().length()));
    return Optional.of(new LogPath(folder, Path.of(record.spec().logPath()).normalize()));
  }

  private Map<Integer, List<Path>> imageVolumes(Container container) {
    Map<Integer, List<Path>> layers = new HashMap<>();
    List<MountSpec> mounts = container.spec().mounts();
    for (int i = 0; i < mounts.size(); i++) {
      Optional<ImageChoice> choice = mounts.get(i).image();
      if (choice.isPresent()) {
        layers.put(
            i, snapshots.view(viewId(container.id(), i), images.get(choice.get().image())).lower());
      }
    }
    return layers;
  }

  /** The snapshot of a container's image volume. */
  static String viewId(String containerId, int mount) {
    return containerId + "-" + mount;
  }

  private static ContainerRecord withProcess(
      ContainerRecord record, Image image, Sandbox sandbox, Snapshot snapshot) throws IOException {
    ContainerSpec spec = record.spec();
    ProcessUser user = Users.resolve(spec, image.config(), snapshot);
    String hostname = SandboxFiles.effectiveHostname(sandbox.spec());
    return record.withProcess(
        user,
        Commands.environment(spec, image.config(), hostname, user.home()),
        Commands.workingDirectory(spec, image.config()));
  }

  static EngineException notReady(Sandbox sandbox) {
    return new EngineException(
        Kind.FAILED_PRECONDITION,
        "the sandbox " + sandbox.id() + " of pod " + sandbox.spec().name() + " is not running");
  }
}
