package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A container with its monitor, the process that outlives daemons and knows how it ended. */
public final class Monitor implements AutoCloseable {
  static final int SIGKILL = 9;
  private static final byte[] ONE = {1, 0, 0, 0, 0, 0, 0, 0};

  private final MonitorRecord monitorRecord;
  private final Files files;
  private volatile Optional<Program> program;
  private final Optional<Pidfd> monitorPidfd;
  private final Optional<Pidfd> pidfd;
  private final LaunchBounds bounds;
  private boolean closed;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final List<Epoll.Registration> registrations = new ArrayList<>();

  /** The daemon's own descriptors of what the monitor holds; none if the monitor is gone. */
  record Files(
      MonitorFiles control,
      Fd devpts,
      List<Fd> held,
      Optional<Fd> stdinWriter,
      Optional<Terminal> terminal) {}

  private Monitor(
      MonitorRecord monitorRecord,
      Files files,
      Optional<Program> program,
      Optional<Pidfd> monitorPidfd,
      Optional<Pidfd> pidfd,
      LaunchBounds bounds) {
    this.monitorRecord = monitorRecord;
    this.files = files;
    this.program = program;
    this.monitorPidfd = monitorPidfd;
    this.pidfd = pidfd;
    this.bounds = bounds;
  }

  /**
   * @param files null if the monitor is gone
   * @param program for the names of its steps; empty after another daemon started it
   */
  static Monitor of(
      MonitorRecord monitorRecord,
      Files files,
      Optional<Program> program,
      Epoll epoll,
      LaunchBounds bounds)
      throws IOException {
    Optional<Pidfd> monitorPidfd = monitorRecord.monitor().open();
    Optional<Pidfd> pidfd;
    try {
      pidfd = monitorRecord.container().open();
    } catch (IOException | RuntimeException e) {
      monitorPidfd.ifPresent(Pidfd::close);
      throw e;
    }
    return of(monitorRecord, files, program, monitorPidfd, pidfd, epoll, bounds);
  }

  /**
   * The same of processes that are open already.
   *
   * @param monitorPidfd owned from now on, as is the container's
   */
  static Monitor of(
      MonitorRecord monitorRecord,
      Files files,
      Optional<Program> program,
      Optional<Pidfd> monitorPidfd,
      Optional<Pidfd> pidfd,
      Epoll epoll,
      LaunchBounds bounds)
      throws IOException {
    var monitor = new Monitor(monitorRecord, files, program, monitorPidfd, pidfd, bounds);
    try {
      if (files == null || monitorPidfd.isEmpty()) {
        monitor.conclude();
      } else {
        monitor.watch(files.control().exited(), epoll);
        monitor.watch(monitorPidfd.get().fd(), epoll);
      }
      return monitor;
    } catch (IOException | RuntimeException e) {
      monitor.close();
      throw e;
    }
  }

  private void watch(Fd fd, Epoll epoll) throws SyscallException {
    Epoll.Registration registration = epoll.register(fd, events -> conclude());
    registrations.add(registration);
    registration.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
  }

  /** Reads the exit file; without one, a monitor that is gone cannot tell any more. */
  private void conclude() {
    try {
      exit.complete(ExitFile.read(Path.of(monitorRecord.exitFile())).orElseGet(this::unknown));
    } catch (IOException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  private ExitStatus unknown() {
    // What nobody watches any more must not go on.
    try {
      signal(SIGKILL);
    } catch (SyscallException e) {
      throw new UncheckedIOException(e);
    }
    return ExitStatus.unknown(
        "its monitor, process " + monitorRecord.monitor().pid() + ", was killed", Instant.now());
  }

  /** What a later daemon needs to adopt it. */
  public MonitorRecord toRecord() {
    return monitorRecord;
  }

  /** The container's first process. */
  public ProcessId id() {
    return monitorRecord.container();
  }

  /** A pidfd of the container's first process, to join its namespaces. Empty if it is gone. */
  public Optional<Fd> pidfd() {
    return pidfd.map(Pidfd::fd);
  }

  /** The same, held on to by another who may need it longer. Empty if it is gone. */
  Optional<Pidfd> process() throws SyscallException {
    return pidfd.isPresent() ? pidfd.get().again() : Optional.empty();
  }

  /**
   * Opens the gate. When this returns, the container's command runs.
   *
   * @throws LaunchException if it could not be run
   */
  public void start() throws IOException {
    if (files == null) {
      throw new IOException("the container cannot be started: its monitor is gone");
    }
    OpenFiles.writeFully(files.control().gate(), ONE, "the gate of a container");
    Fd status = files.control().status();
    StatusMessages.read(status, monitorRecord.command(), program, bounds.step());
    // No step is left that could fail, and a program takes more memory than all else of a
    // container.
    program = Optional.empty();
  }

  /** How the container's first process ended; completed on the launcher's thread. */
  public CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  /** The launch's {@code held} files, in its order; this daemon's own descriptors of them. */
  public List<Fd> held() {
    return files == null ? List.of() : files.held();
  }

  /** This daemon's own writing end of the container's stdin. */
  public Optional<Fd> stdinWriter() {
    return files == null ? Optional.empty() : files.stdinWriter().filter(Fd::isOpen);
  }

  /** The container's terminal. */
  public Optional<Terminal> terminal() {
    return files == null ? Optional.empty() : files.terminal();
  }

  /** A new terminal of the container, for a process that is executed in it. */
  public Terminal openTerminal() throws IOException {
    Fd devpts = duplicateOfDevpts();
    try {
      return Terminal.on(devpts);
    } catch (IOException e) {
      devpts.close();
      throw e;
    }
  }

  private synchronized Fd duplicateOfDevpts() throws IOException {
    if (files == null || closed) {
      throw new IOException("the container has no terminals any more: its monitor is gone");
    }
    return OpenFiles.duplicate(files.devpts());
  }

  /** The container reads an end of file once what was written is read. */
  public synchronized void closeStdin() throws IOException {
    if (files != null && !closed) {
      files.stdinWriter().ifPresent(Fd::close);
      OpenFiles.writeFully(files.control().closeStdin(), ONE, "the monitor of a container");
    }
  }

  /** Sends a signal to the container's first process. Nothing happens if it has ended. */
  public void signal(int signal) throws SyscallException {
    if (pidfd.isPresent()) {
      pidfd.get().signal(signal);
    }
  }

  /**
   * Ends the monitor, and the container if it still runs, and closes everything. To be called when
   * what the monitor holds has been drained.
   *
   * @throws IOException if the container or the monitor does not end in time; nothing is closed
   *     then, so that this can be tried again
   */
  public void end() throws IOException {
    if (files != null && monitorPidfd.isPresent()) {
      if (!exit.isDone()) {
        signal(SIGKILL);
        awaitExit();
      }
      endMonitor(monitorPidfd.get());
    }
    close();
  }

  private void awaitExit() throws IOException {
    try {
      exit.get(bounds.end().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "the container's process %d was killed and has not ended within %d s: its cgroup is"
                  .formatted(id().pid(), bounds.end().toSeconds())
              + " frozen, or it waits for a disk or a network file system that does not answer"
              + " (see /proc/%d/stack)".formatted(id().pid()),
          e);
    } catch (ExecutionException e) {
      // It has ended; whoever asks for its exit is told that this cannot be read.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a container was ended", e);
    }
  }

  private synchronized void endMonitor(Pidfd monitor) throws IOException {
    if (closed) {
      return;
    }
    OpenFiles.writeFully(files.control().end(), ONE, "the monitor of a container");
    Reaper.reap(monitor, "the monitor of container process " + id().pid(), bounds.end());
  }

  /** Closes this daemon's descriptors. The container and its monitor go on. */
  @Override
  public synchronized void close() {
    closed = true;
    registrations.forEach(Epoll.Registration::close);
    monitorPidfd.ifPresent(Pidfd::close);
    pidfd.ifPresent(Pidfd::close);
    if (files != null) {
      files.control().close();
      files.devpts().close();
      files.held().forEach(Fd::close);
      files.stdinWriter().ifPresent(Fd::close);
      files.terminal().ifPresent(Terminal::close);
    }
  }
}
