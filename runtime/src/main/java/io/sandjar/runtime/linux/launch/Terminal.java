package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.LaunchCalls;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.lang.ref.Reference;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A pseudo-terminal on a container's own devpts.
 *
 * <p>Its master is opened from the devpts itself, never by a path inside the container, where an
 * image could have put something else (CVE-2025-52565).
 */
public final class Terminal implements AutoCloseable {
  private static final long TIOCSPTLCK = 0x40045431L;
  private static final long TIOCGPTN = 0x80045430L;
  private static final long TIOCSWINSZ = 0x5414;
  private static final int WINSIZE_BYTES = 8;

  private final Fd devpts;
  private final Fd master;

  Terminal(Fd devpts, Fd master) {
    this.devpts = devpts;
    this.master = master;
  }

  /**
   * A new devpts, not mounted anywhere yet, and a terminal on it.
   *
   * @param ttyGid the host's gid that the terminal's group is
   */
  public static Terminal create(int ttyGid) throws IOException {
    Fd devpts = Devpts.create(ttyGid);
    try {
      return on(devpts);
    } catch (IOException e) {
      devpts.close();
      throw e;
    }
  }

  /** A new terminal on an existing devpts, which it closes in the end. */
  static Terminal on(Fd devpts) throws IOException {
    Fd master =
        new Fd(
            Syscalls.checkWithin(
                "kernel.pty.max, or its mount's max,",
                LaunchCalls.get()
                    .openat(
                        devpts.number(),
                        "ptmx",
                        OpenFiles.O_RDWR | OpenFiles.O_NOCTTY | OpenFiles.O_CLOEXEC,
                        0),
                "open a terminal on the container's devpts"));
    try {
      Pointer unlocked = Memory.allocateDirect(Libc.runtime(), Integer.BYTES, true);
      Syscalls.check(
          LaunchCalls.get().ioctl(master.number(), TIOCSPTLCK, unlocked), "unlock the terminal");
      Reference.reachabilityFence(unlocked);
      return new Terminal(devpts, master);
    } catch (SyscallException e) {
      master.close();
      throw e;
    }
  }

  /** The end that the daemon reads and writes. */
  public Fd master() {
    return master;
  }

  Fd devpts() {
    return devpts;
  }

  /** The slave's name below {@code /dev/pts}. */
  int number() throws SyscallException {
    Pointer number = Memory.allocateDirect(Libc.runtime(), Integer.BYTES, true);
    Syscalls.check(
        LaunchCalls.get().ioctl(master.number(), TIOCGPTN, number),
        "ask for the terminal's number");
    return number.getInt(0);
  }

  /** Sets the window's size; the foreground processes get SIGWINCH. */
  public void resize(int rows, int columns) throws SyscallException {
    Pointer size = Memory.allocateDirect(Libc.runtime(), WINSIZE_BYTES, true);
    size.putShort(0, (short) rows);
    size.putShort(2, (short) columns);
    Syscalls.check(
        LaunchCalls.get().ioctl(master.number(), TIOCSWINSZ, size),
        "resize the terminal to %d rows of %d columns",
        rows,
        columns);
    Reference.reachabilityFence(size);
  }

  @Override
  public void close() {
    master.close();
    devpts.close();
  }
}
