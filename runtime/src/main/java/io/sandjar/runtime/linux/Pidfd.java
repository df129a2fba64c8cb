package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A process by a descriptor of it, so that nothing meant for it ever reaches another: not when its
 * number is given to a new process, and not when one thread closes this while another signals.
 */
public final class Pidfd implements AutoCloseable {
  private final int pid;
  private final Fd fd;

  private Pidfd(int pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /** The process that has this number now. */
  public static Pidfd of(int pid) throws SyscallException {
    return new Pidfd(pid, OpenFiles.pidfd(pid));
  }

  public int pid() {
    return pid;
  }

  /** For setns(2) and epoll; open as long as this is. */
  public Fd fd() {
    return fd;
  }

  /**
   * Sends it a signal.
   *
   * @return whether it got it; not if it has ended or this is closed
   */
  public synchronized boolean signal(int signal) throws SyscallException {
    if (!fd.isOpen()) {
      return false;
    }
    try {
      OpenFiles.signal(fd, signal);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ESRCH)) {
        return false;
      }
      throw e;
    }
  }

  /** A second descriptor of it, closed on its own; empty if this is closed. */
  public synchronized Optional<Pidfd> again() throws SyscallException {
    return fd.isOpen() ? Optional.of(new Pidfd(pid, OpenFiles.duplicate(fd))) : Optional.empty();
  }

  /**
   * Waits for its end; whoever waits does not close this meanwhile.
   *
   * @return whether it has ended by then
   */
  public boolean awaitEnd(Duration bound) throws IOException {
    return OpenFiles.awaitReadable(fd, bound);
  }

  @Override
  public synchronized void close() {
    fd.close();
  }
}
