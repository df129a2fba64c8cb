package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;

/** Both ends of a pipe(2). */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {

  public static Pipe open() throws SyscallException {
    return withFlags(StreamCalls.O_CLOEXEC);
  }

  /** That many, or none where there are not enough descriptors left. */
  public static List<Pipe> open(long count) throws SyscallException {
    List<Pipe> pipes = new ArrayList<>();
    try {
      while (pipes.size() < count) {
        pipes.add(open());
      }
      return pipes;
    } catch (SyscallException e) {
      pipes.forEach(Pipe::close);
      throw e;
    }
  }

  /** Neither end of it ever blocks. */
  public static Pipe nonBlocking() throws SyscallException {
    return withFlags(StreamCalls.O_CLOEXEC | StreamCalls.O_NONBLOCK);
  }

  private static Pipe withFlags(int flags) throws SyscallException {
    int[] ends = new int[2];
    Syscalls.check(StreamCalls.get().pipe2(ends, flags), "make a pipe");
    return new Pipe(new Fd(ends[0]), new Fd(ends[1]));
  }

  /** How many bytes wait in the pipe that this end belongs to. */
  public static int waiting(Fd end) throws SyscallException {
    int[] bytes = new int[1];
    Syscalls.check(
        StreamCalls.get().ioctl(end.number(), StreamCalls.FIONREAD, bytes),
        "ask how much waits in the pipe at %s",
        end);
    return bytes[0];
  }

  /** How many bytes fit into the pipe that this end belongs to. */
  public static int capacity(Fd end) throws SyscallException {
    return Syscalls.check(
        StreamCalls.get().fcntl(end.number(), StreamCalls.F_GETPIPE_SZ, 0),
        "ask for the size of the pipe at %s",
        end);
  }

  /** From now on a read or write that would have to wait fails with EAGAIN instead. */
  public static void makeNonBlocking(Fd fd) throws SyscallException {
    var calls = StreamCalls.get();
    int flags =
        Syscalls.check(
            calls.fcntl(fd.number(), StreamCalls.F_GETFL, 0), "read the file flags of %s", fd);
    if ((flags & StreamCalls.O_NONBLOCK) == 0) {
      Syscalls.check(
          calls.fcntl(fd.number(), StreamCalls.F_SETFL, flags | StreamCalls.O_NONBLOCK),
          "make %s non-blocking",
          fd);
    }
  }

  /** A second descriptor of the same open file, closed on its own. */
  public static Fd duplicate(Fd fd) throws SyscallException {
    return new Fd(
        Syscalls.check(
            StreamCalls.get().fcntl(fd.number(), StreamCalls.F_DUPFD_CLOEXEC, 0),
            "duplicate %s",
            fd));
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
