package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;

/**
 * Whether this process may be dumped, or traced by whoever has no more rights than it: its memory
 * has the secrets of pods and registries. See PR_SET_DUMPABLE in prctl(2).
 */
public final class CoreDumps {
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;

  private CoreDumps() {}

  /** What is executed later can be dumped again. */
  public static void forbid() throws SyscallException {
    prctl(PR_SET_DUMPABLE, "forbid dumps of this process");
  }

  static boolean areAllowed() throws SyscallException {
    return prctl(PR_GET_DUMPABLE, "ask whether this process may be dumped") != 0;
  }

  private static long prctl(int option, String tried) throws SyscallException {
    int number = Syscall.PRCTL.number(Architecture.ofThisMachine());
    return Syscalls.check(Libc.get().syscall(number, option, 0, 0, 0, 0, 0), tried);
  }
}
