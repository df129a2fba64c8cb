package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.LaunchCalls;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Takes the exit status of children that have ended; see waitid(2). */
final class Reaper {
  private static final Errno ECHILD = new Errno(10);
  private static final int P_PID = 1;
  private static final int P_PIDFD = 3;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WALL = 0x4000_0000;
  private static final int CLD_EXITED = 1;
  private static final int SIGINFO_BYTES = 128;
  private static final int SI_CODE = 8;
  private static final int SI_PID = 16;
  private static final int SI_STATUS = 24;
  private static final int SIGNAL_MASK = 0x7f;

  private Reaper() {}

  /**
   * Reaps it if it has ended. Empty if it has not, or is no child of this process: by its number
   * somebody else's child that has the number now could lose its status to it.
   */
  static Optional<ExitStatus> tryReap(Pidfd process) throws SyscallException {
    return reap(P_PIDFD, process.fd().number(), process.pid(), WNOHANG);
  }

  /**
   * Waits for the end of a process, and reaps it if it is a child of this one.
   *
   * @param what it is, for the error
   * @throws IOException if it has not ended within the bound. It then is reaped whenever it ends
   */
  static void reap(Pidfd process, String what, Duration bound) throws IOException {
    if (process.awaitEnd(bound)) {
      tryReap(process);
      return;
    }
    reapLater(process);
    throw new IOException(
        "%s, process %d, has not ended within %d s: its cgroup is frozen, or it waits for a disk or"
                .formatted(what, process.pid(), bound.toSeconds())
            + " a network file system that does not answer (see /proc/%d/stack)"
                .formatted(process.pid()));
  }

  /** Reaps it whenever it ends, by a thread of its own; the caller may close it meanwhile. */
  static void reapLater(Pidfd process) throws SyscallException {
    Fd itself = OpenFiles.duplicate(process.fd());
    Thread waiting = new Thread(() -> reapWhenever(itself, process.pid()), "sandjar-reaper");
    waiting.setDaemon(true);
    waiting.start();
  }

  /** The same of a child that nobody has reaped yet, and that is about to end. */
  static void reapChild(int pid, String what, Duration bound) throws IOException {
    if (pid != 0 && reap(P_PID, pid, pid, WNOHANG).isEmpty()) {
      try (Pidfd process = Pidfd.of(pid)) {
        reap(process, what, bound);
      }
    }
  }

  /**
   * Kills a child that nobody has reaped yet, and reaps it.
   *
   * @param pid 0 for none
   */
  static void end(int pid, String what, Duration bound) throws IOException {
    if (pid == 0) {
      return;
    }
    try (Pidfd process = Pidfd.of(pid)) {
      process.signal(Monitor.SIGKILL);
      reap(process, what, bound);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
  }

  private static void reapWhenever(Fd pidfd, int pid) {
    try (pidfd) {
      reap(P_PIDFD, pidfd.number(), pid, 0);
    } catch (SyscallException e) {
      System.getLogger(Reaper.class.getName())
          .log(System.Logger.Level.WARNING, "process " + pid + " stays a zombie", e);
    }
  }

  private static Optional<ExitStatus> reap(int kind, int id, int pid, int options)
      throws SyscallException {
    Pointer info = Memory.allocateDirect(Libc.runtime(), SIGINFO_BYTES, true);
    while (LaunchCalls.get().waitid(kind, id, info, WEXITED | WALL | options) == -1) {
      Errno errno = new Errno(Libc.runtime().getLastError());
      if (errno.equals(ECHILD)) {
        return Optional.empty();
      }
      if (!errno.equals(Errno.EINTR)) {
        throw new SyscallException("wait for process " + pid, errno.number());
      }
    }
    if (info.getInt(SI_PID) == 0) {
      return Optional.empty();
    }
    int status = info.getInt(SI_STATUS);
    boolean exited = info.getInt(SI_CODE) == CLD_EXITED;
    int wait = exited ? status << 8 : status & SIGNAL_MASK;
    return Optional.of(ExitStatus.ofWait(wait, Instant.now()));
  }
}
