package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import java.io.IOException;
import java.util.Optional;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param startTime in clock ticks since the boot, as field 22 of {@code /proc/PID/stat}
 */
public record ProcessId(int pid, long startTime) {

  /** The process that has this number now. */
  public static ProcessId of(int pid) throws IOException {
    return ProcStat.of(pid)
        .map(ProcStat::id)
        .orElseThrow(() -> new IOException("there is no process " + pid));
  }

  /** The process of a pidfd. */
  public static ProcessId of(Pidfd process) throws IOException {
    ProcessId id = of(process.pid());
    // Still to be signalled, so the number was its own all the time.
    if (!process.signal(0)) {
      throw new IOException("there is no process " + process.pid() + " any more");
    }
    return id;
  }

  /** It, if it still is there; it may be a zombie. */
  public Optional<Pidfd> open() throws IOException {
    Pidfd pidfd;
    try {
      pidfd = Pidfd.of(pid);
    } catch (SyscallException e) {
      if (e.is(Errno.ESRCH) || e.is(Errno.EINVAL)) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      // The number cannot be given to another process from here on without the pidfd being dead.
      if (ProcStat.of(pid).filter(stat -> stat.startTime() == startTime).isPresent()) {
        return Optional.of(pidfd);
      }
    } catch (IOException | RuntimeException e) {
      pidfd.close();
      throw e;
    }
    pidfd.close();
    return Optional.empty();
  }
}
