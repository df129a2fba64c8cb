package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Poll;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Opens files, memfds, eventfds and pidfds, all of them close-on-exec. */
public final class OpenFiles {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_TRUNC = 01000;
  public static final int O_NOCTTY = 0400;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;

  /** These two differ between the architectures. */
  public static final int O_DIRECTORY = Architecture.ofThisMachine().oDirectory();

  public static final int O_NOFOLLOW = Architecture.ofThisMachine().oNoFollow();

  private static final int MFD_CLOEXEC = 0x1;
  private static final int EFD_CLOEXEC = O_CLOEXEC;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FIRST_AFTER_STDIO = 3;
  private static final long SYS_PIDFD_OPEN = 434; // The same number on every architecture.
  private static final long SYS_PIDFD_GETFD = 438;
  private static final long SYS_PIDFD_SEND_SIGNAL = 424;

  private OpenFiles() {}

  public static Fd open(Path path, int flags) throws SyscallException {
    return open(path, flags, 0);
  }

  public static Fd open(Path path, int flags, int mode) throws SyscallException {
    return aboveStdio(
        Syscalls.check(
            LaunchCalls.get().open(path.toString(), flags | O_CLOEXEC, mode), "open %s", path));
  }

  /** A pidfd, close-on-exec as all pidfds are. */
  public static Fd pidfd(int pid) throws SyscallException {
    return aboveStdio(
        (int)
            Syscalls.check(
                Libc.get().syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0),
                "open a pidfd of process %d",
                pid));
  }

  /** The file that another process has under that number. */
  public static Fd ofProcess(Fd pidfd, int number, String what) throws SyscallException {
    return aboveStdio(
        (int)
            Syscalls.check(
                Libc.get().syscall(SYS_PIDFD_GETFD, pidfd.number(), number, 0, 0, 0, 0),
                "get %s, fd %d of the process of %s",
                what,
                number,
                pidfd));
  }

  public static void signal(Fd pidfd, int signal) throws SyscallException {
    Syscalls.check(
        Libc.get().syscall(SYS_PIDFD_SEND_SIGNAL, pidfd.number(), signal, 0, 0, 0, 0),
        "send signal %d to the process of %s",
        signal,
        pidfd);
  }

  public static Fd memfd(String name) throws SyscallException {
    return memfd(name, 0);
  }

  public static Fd memfd(String name, int flags) throws SyscallException {
    return aboveStdio(
        Syscalls.check(
            LaunchCalls.get().memfd_create(name, flags | MFD_CLOEXEC), "make the memfd %s", name));
  }

  public static Fd eventfd() throws SyscallException {
    return aboveStdio(Syscalls.check(LaunchCalls.get().eventfd(0, EFD_CLOEXEC), "make an eventfd"));
  }

  /** The reading end, then the writing end. */
  public static Fd[] pipe() throws SyscallException {
    int[] ends = new int[2];
    Syscalls.check(LaunchCalls.get().pipe2(ends, O_CLOEXEC), "make a pipe");
    return new Fd[] {aboveStdio(ends[0]), aboveStdio(ends[1])};
  }

  public static Fd duplicate(Fd fd) throws SyscallException {
    return new Fd(
        Syscalls.check(
            LaunchCalls.get().fcntl(fd.number(), F_DUPFD_CLOEXEC, FIRST_AFTER_STDIO),
            "duplicate %s",
            fd));
  }

  public static void writeFully(Fd fd, byte[] content, String what) throws IOException {
    long offset = 0;
    while (offset < content.length) {
      byte[] rest =
          offset == 0
              ? content
              : java.util.Arrays.copyOfRange(content, (int) offset, content.length);
      long written =
          Syscalls.check(Libc.get().write(fd.number(), rest, rest.length), "write to %s", what);
      if (written == 0) {
        throw new EOFException("write to " + what + ": nothing was taken");
      }
      offset += written;
    }
  }

  /**
   * Waits until there is something to read, or the other end is closed.
   *
   * @return whether there is by then
   */
  public static boolean awaitReadable(Fd fd, Duration bound) throws SyscallException {
    return new Poll(fd).await(bound);
  }

  /** A daemon started without stdin would get 0 here, which a launch uses otherwise. */
  private static Fd aboveStdio(int number) throws SyscallException {
    if (number >= FIRST_AFTER_STDIO) {
      return new Fd(number);
    }
    try (Fd low = new Fd(number)) {
      return duplicate(low);
    }
  }
}
