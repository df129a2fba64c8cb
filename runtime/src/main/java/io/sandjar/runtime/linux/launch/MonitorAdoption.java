package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gets back from a monitor what it has held for a daemon that is no more. */
final class MonitorAdoption {
  private final MonitorRecord wanted;
  private final Source source;
  private final List<Fd> opened = new ArrayList<>();

  /** Gets this process's own descriptor of a file by the number that the monitor has it under. */
  private interface Source {
    Fd get(int number, String what) throws IOException;
  }

  private MonitorAdoption(MonitorRecord wanted, Source source) {
    this.wanted = wanted;
    this.source = source;
  }

  static Monitor adopt(MonitorRecord wanted, Epoll epoll, LaunchBounds bounds) throws IOException {
    Optional<Pidfd> monitor = wanted.monitor().open();
    if (monitor.isEmpty()) {
      return Monitor.of(wanted, null, Optional.empty(), epoll, bounds);
    }
    try (Pidfd pidfd = monitor.get()) {
      Source taking = (number, what) -> OpenFiles.ofProcess(pidfd.fd(), number, what);
      return new MonitorAdoption(wanted, taking).adopt(epoll, bounds);
    } catch (SyscallException e) {
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
      return askingAfter(e, wanted, epoll, bounds);
    }
  }

  private static Monitor askingAfter(
      SyscallException refused, MonitorRecord wanted, Epoll epoll, LaunchBounds bounds)
      throws IOException {
    try {
      return adoptByAsking(wanted, epoll, bounds);
    } catch (IOException e) {
      e.addSuppressed(refused);
      throw e;
    }
  }

  /** Where the kernel forbids to take files from another process: has the monitor send them. */
  static Monitor adoptByAsking(MonitorRecord wanted, Epoll epoll, LaunchBounds bounds)
      throws IOException {
    List<Integer> numbers = wanted.numbers();
    List<Fd> received =
        MonitorSocket.receive(Path.of(wanted.exitFile()), numbers.size(), bounds.step());
    try {
      Source asking =
          (number, what) -> {
            int place = numbers.indexOf(number);
            if (place >= received.size()) {
              throw new SyscallException("get " + what, Errno.EBADF.number());
            }
            return OpenFiles.duplicate(received.get(place));
          };
      return new MonitorAdoption(wanted, asking).adopt(epoll, bounds);
    } finally {
      received.forEach(Fd::close);
    }
  }

  private Monitor adopt(Epoll epoll, LaunchBounds bounds) throws IOException {
    try {
      return Monitor.of(wanted, files(), Optional.empty(), epoll, bounds);
    } catch (IOException | RuntimeException e) {
      opened.forEach(Fd::close);
      throw e;
    }
  }

  private Monitor.Files files() throws IOException {
    var control =
        new MonitorFiles(
            get(wanted.gate(), "the gate"),
            get(wanted.status(), "the status pipe"),
            get(wanted.exited(), "the exit event"),
            get(wanted.closeStdin(), "the stdin order"),
            get(wanted.end(), "the end order"));
    List<Fd> held = new ArrayList<>();
    for (int number : wanted.held()) {
      held.add(get(number, "a held file"));
    }
    Optional<Terminal> terminal = Optional.empty();
    if (wanted.terminal() >= 0) {
      terminal =
          Optional.of(
              new Terminal(
                  get(wanted.devpts(), "the devpts"), get(wanted.terminal(), "the terminal")));
    }
    return new Monitor.Files(
        control, get(wanted.devpts(), "the devpts"), held, stdinWriter(), terminal);
  }

  /** It may have been closed, which is no error. */
  private Optional<Fd> stdinWriter() throws IOException {
    if (wanted.stdinWriter() < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(get(wanted.stdinWriter(), "the writing end of stdin"));
    } catch (SyscallException e) {
      if (e.is(Errno.EBADF)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Fd get(int number, String what) throws IOException {
    Fd fd = source.get(number, what);
    opened.add(fd);
    return fd;
  }
}
