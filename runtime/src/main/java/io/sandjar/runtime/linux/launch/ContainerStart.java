package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.mount.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts one container up to its gate. */
final class ContainerStart {
  private static final int NONE = -1;

  private final ContainerLaunch launch;
  private final LaunchContext context;
  private final Spawner spawner;
  private final LaunchBounds bounds;

  ContainerStart(
      ContainerLaunch launch, LaunchContext context, Spawner spawner, LaunchBounds bounds) {
    this.launch = withSources(launch);
    this.context = context;
    this.spawner = spawner;
    this.bounds = bounds;
  }

  Monitor run(Epoll epoll) throws IOException {
    for (Mount mount : launch.mounts()) {
      makeSource(mount);
    }
    Fd[] pipe = OpenFiles.pipe();
    try (Fd status = pipe[1];
        Fd devpts = devpts(launch)) {
      MonitorFiles files = MonitorFiles.create(pipe[0]);
      try {
        return spawn(files, devpts, status, epoll);
      } catch (IOException | RuntimeException e) {
        files.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      pipe[0].close();
      throw e;
    }
  }

  /** The terminal's, or a new one for terminals that come later. */
  static Fd devpts(ContainerLaunch launch) throws IOException {
    return launch.stdio() instanceof Stdio.OnTerminal on
        ? OpenFiles.duplicate(on.terminal().devpts())
        : Devpts.create(DevSteps.ttyGid(launch.namespaces().user()));
  }

  private Monitor spawn(MonitorFiles files, Fd devpts, Fd status, Epoll epoll) throws IOException {
    // The container shows this too, until its command runs.
    List<String> name = List.of(StrayMonitors.NAME, launch.exitFile().toString());
    try (Fd listener = MonitorSocket.listen(launch.exitFile())) {
      var composed = new ContainerProgram(launch, context, files, devpts, status, listener);
      Data pid = composed.pid();
      try (var spawned = spawner.spawn(name, composed.compose(), List.of(pid), status)) {
        return started(spawned, pid, files, devpts, epoll);
      }
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(MonitorSocket.at(launch.exitFile()));
      throw e;
    }
  }

  private Monitor started(
      Spawner.Spawned spawned, Data pid, MonitorFiles files, Fd devpts, Epoll epoll)
      throws IOException {
    List<Fd> duplicates = new ArrayList<>();
    List<Pidfd> processes = new ArrayList<>();
    try {
      // Now, while the container is prepared by another processor.
      Pidfd monitor = opened(spawned.pid(), processes);
      ProcessId monitorId = ProcessId.of(monitor);
      List<Fd> held = new ArrayList<>();
      for (Fd fd : launch.held()) {
        held.add(duplicate(fd, duplicates));
      }
      Optional<Fd> stdinWriter = Optional.empty();
      if (stdinWriter().isPresent()) {
        stdinWriter = Optional.of(duplicate(stdinWriter().get(), duplicates));
      }
      Optional<Terminal> terminal = Optional.empty();
      if (launch.stdio() instanceof Stdio.OnTerminal on) {
        terminal =
            Optional.of(
                new Terminal(
                    duplicate(on.terminal().devpts(), duplicates),
                    duplicate(on.terminal().master(), duplicates)));
      }
      Fd ownDevpts = duplicate(devpts, duplicates);
      if (StatusMessages.read(files.status(), spawned.program(), bounds.step())
          == StatusMessages.Message.END) {
        throw new IOException(
            "the monitor of container " + launch.id() + " ended before its container was prepared");
      }
      Pidfd container = opened((int) spawned.read(pid), processes);
      MonitorRecord monitorRecord = recordOf(monitorId, ProcessId.of(container), files, devpts);
      return Monitor.of(
          monitorRecord,
          new Monitor.Files(files, ownDevpts, held, stdinWriter, terminal),
          Optional.of(spawned.program()),
          Optional.of(monitor),
          Optional.of(container),
          epoll,
          bounds);
    } catch (IOException | RuntimeException e) {
      duplicates.forEach(Fd::close);
      processes.forEach(Pidfd::close);
      endQuietly(spawned, pid, e);
      throw e;
    }
  }

  private static Pidfd opened(int pid, List<Pidfd> processes) throws SyscallException {
    Pidfd process = Pidfd.of(pid);
    processes.add(process);
    return process;
  }

  private static Fd duplicate(Fd fd, List<Fd> duplicates) throws SyscallException {
    Fd duplicate = OpenFiles.duplicate(fd);
    duplicates.add(duplicate);
    return duplicate;
  }

  /** Nothing of a launch that failed stays, what was cloned at the last moment included. */
  private void endQuietly(Spawner.Spawned spawned, Data pid, Exception failure) {
    try {
      int container = (int) spawned.read(pid);
      kill(container);
      Reaper.end(spawned.pid(), "the monitor of container " + launch.id(), bounds.end());
      int last = (int) spawned.read(pid);
      kill(last == container ? 0 : last);
      Files.deleteIfExists(launch.exitFile());
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * @param pid 0 for none
   */
  private static void kill(int pid) throws IOException {
    if (pid == 0) {
      return;
    }
    try (Pidfd process = Pidfd.of(pid)) {
      process.signal(Monitor.SIGKILL);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
  }

  private MonitorRecord recordOf(
      ProcessId monitor, ProcessId container, MonitorFiles files, Fd devpts) {
    int master = NONE;
    if (launch.stdio() instanceof Stdio.OnTerminal on) {
      master = on.terminal().master().number();
    }
    return new MonitorRecord(
        monitor,
        container,
        launch.process().command(),
        files.gate().number(),
        files.status().number(),
        files.exited().number(),
        files.closeStdin().number(),
        files.end().number(),
        stdinWriter().map(Fd::number).orElse(NONE),
        master,
        devpts.number(),
        launch.held().stream().map(Fd::number).toList(),
        launch.exitFile().toString());
  }

  private Optional<Fd> stdinWriter() {
    return launch.stdio() instanceof Stdio.Files stdio ? stdio.stdinWriter() : Optional.empty();
  }

  private static void makeSource(Mount mount) throws IOException {
    if (mount instanceof Mount.Bind bind
        && bind.missingSource() == Mount.MissingSource.CREATE_FOLDER
        && Files.notExists(bind.source())) {
      Files.createDirectories(bind.source());
    }
  }

  /** Leaves out the mounts whose source may be missing, and is. */
  static ContainerLaunch withSources(ContainerLaunch launch) {
    List<Mount> mounts =
        launch.mounts().stream()
            .filter(
                mount ->
                    !(mount instanceof Mount.Bind bind
                        && bind.missingSource() == Mount.MissingSource.SKIP
                        && Files.notExists(bind.source())))
            .toList();
    return launch.withMounts(mounts);
  }
}
