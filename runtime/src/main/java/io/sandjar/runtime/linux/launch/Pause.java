package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A sandbox's pause process: as long as it lives, so do the pod's namespaces. */
public final class Pause implements AutoCloseable {
  private final ProcessId id;
  private final Fd pidfd;
  private final Optional<UserNamespace> user;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Epoll.Registration registration;

  Pause(ProcessId id, Fd pidfd, List<IdMapping> uids, List<IdMapping> gids, Epoll epoll)
      throws IOException {
    this.id = id;
    this.pidfd = pidfd;
    this.user =
        uids.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new UserNamespace(
                    openNamespace("user"), IdMapping.rootOf(uids), IdMapping.rootOf(gids)));
    this.registration = epoll.register(pidfd, events -> conclude());
    registration.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
  }

  private void conclude() {
    try {
      Reaper.tryReap(id.pid());
      ended.complete(null);
    } catch (SyscallException | RuntimeException e) {
      ended.completeExceptionally(e);
    }
  }

  public ProcessId id() {
    return id;
  }

  /** For {@link Namespace.Join}; open as long as this is. */
  public Fd pidfd() {
    return pidfd;
  }

  /**
   * A namespace of it; the caller closes the file.
   *
   * @param kind as {@code /proc/PID/ns} names it: net, uts, ipc, pid, user
   */
  public Fd openNamespace(String kind) throws SyscallException {
    return OpenFiles.open(
        Path.of("/proc", Integer.toString(id.pid()), "ns", kind), OpenFiles.O_RDONLY);
  }

  /** Its user namespace, for the pod's containers; empty for the host's. */
  public Optional<UserNamespace> user() {
    return user;
  }

  /** Completed when it has ended and is reaped, on the launcher's thread. */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /** Kills it and waits for its end. */
  public void kill() throws IOException {
    try {
      OpenFiles.signal(pidfd, Monitor.SIGKILL);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
    ended.join();
  }

  /** Closes this daemon's descriptors; the process goes on. */
  @Override
  public void close() {
    registration.close();
    pidfd.close();
    user.ifPresent(namespace -> namespace.namespace().close());
  }
}
