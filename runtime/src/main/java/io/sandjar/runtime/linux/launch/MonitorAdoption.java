package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gets back from a monitor what it has held for a daemon that is no more. */
final class MonitorAdoption {
  private static final int EBADF = 9;

  private final Fd monitor;
  private final List<Fd> opened = new ArrayList<>();

  private MonitorAdoption(Fd monitor) {
    this.monitor = monitor;
  }

  static Monitor adopt(MonitorRecord wanted, Epoll epoll, Duration bound) throws IOException {
    Optional<Fd> monitor = wanted.monitor().open();
    if (monitor.isEmpty()) {
      return Monitor.of(wanted, null, Optional.empty(), epoll, bound);
    }
    try (Fd pidfd = monitor.get()) {
      var adoption = new MonitorAdoption(pidfd);
      try {
        return Monitor.of(wanted, adoption.files(wanted), Optional.empty(), epoll, bound);
      } catch (IOException | RuntimeException e) {
        adoption.opened.forEach(Fd::close);
        throw e;
      }
    }
  }

  private Monitor.Files files(MonitorRecord wanted) throws IOException {
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
        control, get(wanted.devpts(), "the devpts"), held, stdinWriter(wanted), terminal);
  }

  /** It may have been closed, which is no error. */
  private Optional<Fd> stdinWriter(MonitorRecord wanted) throws IOException {
    if (wanted.stdinWriter() < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(get(wanted.stdinWriter(), "the writing end of stdin"));
    } catch (io.sandjar.netbridge.sys.SyscallException e) {
      if (e.errno().number() == EBADF) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Fd get(int number, String what) throws IOException {
    Fd fd = OpenFiles.ofProcess(monitor, number, what);
    opened.add(fd);
    return fd;
  }
}
