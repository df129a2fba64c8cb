package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.LaunchCalls;
import java.time.Instant;
import java.util.Optional;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Takes the exit status of children that have ended; see waitid(2). */
final class Reaper {
  private static final Errno ECHILD = new Errno(10);
  private static final int P_PID = 1;
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

  /** Reaps it if it has ended. Empty if it has not, or is no child of this process. */
  static Optional<ExitStatus> tryReap(int pid) throws SyscallException {
    return reap(pid, WNOHANG);
  }

  /** Waits for its end. Empty if it is no child of this process. */
  static Optional<ExitStatus> reap(int pid) throws SyscallException {
    return reap(pid, 0);
  }

  private static Optional<ExitStatus> reap(int pid, int options) throws SyscallException {
    Pointer info = Memory.allocateDirect(Libc.runtime(), SIGINFO_BYTES, true);
    while (LaunchCalls.get().waitid(P_PID, pid, info, WEXITED | WALL | options) == -1) {
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
