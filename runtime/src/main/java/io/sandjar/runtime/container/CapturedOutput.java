package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Pipe;
import java.io.ByteArrayOutputStream;

/**
 * Keeps what a command writes, up to a limit; what comes beyond it is read and forgotten, so that
 * the command does not hang. For one thread.
 */
final class CapturedOutput implements AutoCloseable {
  /** What containerd keeps of one stream, so clients are used to it. */
  static final int MAX_BYTES = 16 * 1024 * 1024;

  private static final int CHUNK = 64 * 1024;

  private final Fd fd;
  private final OutputBudget budget;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
  private boolean full;

  /**
   * @param fd the reading end of the command's pipe; whoever opened it closes it
   */
  CapturedOutput(Fd fd, OutputBudget budget) throws SyscallException {
    this.fd = fd;
    this.budget = budget;
    // By /proc the command can read from its own pipe, and what it takes is not waited for.
    Pipe.makeNonBlocking(fd);
  }

  /**
   * Reads some of what is there.
   *
   * @return false at the end: nobody has the other end any more
   */
  boolean read() throws SyscallException {
    // At the end nothing waits, and a read of one byte tells it from a pipe that was emptied.
    return read(Math.max(1, Pipe.waiting(fd))) != 0;
  }

  /**
   * Reads what is there now. Somebody who has the pipe still, a process that the command left
   * behind say, is not waited for, and what he writes from now on is nobody's.
   */
  void readRest() throws SyscallException {
    int left = Pipe.waiting(fd);
    while (left > 0) {
      int count = read(left);
      if (count <= 0) {
        return;
      }
      left -= count;
    }
  }

  /** As many as were read; 0 at the end, and -1 if somebody else has emptied the pipe. */
  private int read(int most) throws SyscallException {
    byte[] chunk = new byte[Math.min(most, CHUNK)];
    long count = Libc.get().read(fd.number(), chunk, chunk.length);
    if (count == -1 && Libc.runtime().getLastError() == Errno.EAGAIN.number()) {
      return -1;
    }
    Syscalls.check(count, "read a command's output");
    keep(chunk, (int) count);
    return (int) count;
  }

  private void keep(byte[] chunk, int count) {
    int fitting = Math.min(count, MAX_BYTES - kept.size());
    // Once something is left out, the rest is too: an output is cut at its end or not at all.
    full = full || fitting > 0 && !budget.take(fitting);
    if (!full) {
      kept.write(chunk, 0, fitting);
    }
  }

  byte[] bytes() {
    return kept.toByteArray();
  }

  @Override
  public void close() {
    budget.giveBack(kept.size());
    kept.reset();
  }
}
