package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A process that was executed in a container; a child of the daemon. */
public final class ExecProcess implements AutoCloseable {
  private final int pid;
  private final Pidfd pidfd;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final Epoll.Registration registration;

  ExecProcess(Pidfd pidfd, Epoll epoll) throws SyscallException {
    this.pid = pidfd.pid();
    this.pidfd = pidfd;
    this.registration = epoll.register(pidfd.fd(), events -> conclude());
    registration.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
  }

  private void conclude() {
    try {
      Reaper.tryReap(pidfd)
          .ifPresentOrElse(
              exit::complete,
              () -> exit.completeExceptionally(new IOException("process " + pid + " was lost")));
    } catch (SyscallException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  /** As the host sees it. */
  public int pid() {
    return pid;
  }

  /** How it ended; completed on the launcher's thread. */
  public CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  /** Sends it a signal. Nothing happens if it has ended. */
  public void signal(int signal) throws SyscallException {
    pidfd.signal(signal);
  }

  /** Kills it and every process that it has started, also those that it has left behind. */
  public void killTree() throws IOException {
    ProcessTree.kill(pid);
  }

  /** Closes this daemon's descriptor. Its exit is reported no more. */
  @Override
  public void close() {
    registration.close();
    pidfd.close();
  }
}
