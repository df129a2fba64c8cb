package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A process that was executed in a container; a child of the daemon. */
public final class ExecProcess implements AutoCloseable {
  private final int pid;
  private final Pidfd pidfd;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final Epoll epoll;
  private boolean reaped;
  private Optional<Epoll.Registration> registration = Optional.empty();

  ExecProcess(Pidfd pidfd, Epoll epoll) {
    this.pid = pidfd.pid();
    this.pidfd = pidfd;
    this.epoll = epoll;
  }

  /** As the host sees it. */
  public int pid() {
    return pid;
  }

  /** Can be read once it has ended, for whoever waits by himself and then takes its end. */
  public Fd fd() {
    return pidfd.fd();
  }

  /** How it ended, once it has; for one who asks once, and not for {@link #exit} too. */
  public synchronized ExitStatus end() throws IOException {
    Optional<ExitStatus> status = Reaper.tryReap(pidfd);
    reaped = true;
    return status.orElseThrow(() -> new IOException("process " + pid + " was lost"));
  }

  /**
   * How it ended; completed on the launcher's thread, which waits for it from the first call on.
   */
  public synchronized CompletableFuture<ExitStatus> exit() {
    if (registration.isEmpty() && !exit.isDone()) {
      try {
        var watched = epoll.register(pidfd.fd(), events -> conclude());
        registration = Optional.of(watched);
        watched.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
      } catch (SyscallException | RuntimeException e) {
        endUnseen(e);
      }
    }
    return exit;
  }

  /** What nobody sees the end of does not run on. */
  private void endUnseen(Exception why) {
    try {
      pidfd.signal(Monitor.SIGKILL);
      Reaper.reapLater(pidfd);
    } catch (SyscallException e) {
      why.addSuppressed(e);
    }
    exit.completeExceptionally(why);
  }

  private void conclude() {
    try {
      exit.complete(end());
    } catch (IOException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  /** Sends it a signal. Nothing happens if it has ended. */
  public void signal(int signal) throws SyscallException {
    pidfd.signal(signal);
  }

  /** Kills it and every process that it has started, also those that it has left behind. */
  public synchronized void killTree() throws IOException {
    // Its number may be another's by then.
    if (!reaped) {
      ProcessTree.kill(pid);
    }
  }

  /** Closes this daemon's descriptor. Its exit is reported no more. */
  @Override
  public synchronized void close() {
    registration.ifPresent(Epoll.Registration::close);
    pidfd.close();
  }
}
