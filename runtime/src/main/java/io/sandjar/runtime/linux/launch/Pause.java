package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A sandbox's pause process: as long as it lives, so do the pod's namespaces. */
public final class Pause implements AutoCloseable {
  private final ProcessId id;
  private final Pidfd pidfd;
  private final Duration bound;

  /** Empty once it is over: the program that it knows is larger than all else of a pause. */
  private volatile Optional<PausePreparation> preparation;

  private final Optional<UserNamespace> user;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Epoll.Registration registration;

  /**
   * @param preparation what it does while it is started; empty for one that an earlier daemon has
   *     started. Owned from now on
   * @param bound how long it may take to end when it is killed
   */
  Pause(
      ProcessId id,
      Pidfd pidfd,
      List<IdMapping> uids,
      List<IdMapping> gids,
      Optional<PausePreparation> preparation,
      Epoll epoll,
      Duration bound)
      throws IOException {
    this.id = id;
    this.pidfd = pidfd;
    this.bound = bound;
    this.preparation = preparation;
    this.user =
        uids.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new UserNamespace(open("user"), IdMapping.rootOf(uids), IdMapping.rootOf(gids)));
    try {
      this.registration = epoll.register(pidfd.fd(), events -> conclude());
      registration.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
    } catch (SyscallException e) {
      user.ifPresent(namespace -> namespace.namespace().close());
      throw e;
    }
  }

  private synchronized void conclude() {
    if (ended.isDone()) {
      return;
    }
    try {
      Reaper.tryReap(pidfd);
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
    return pidfd.fd();
  }

  /**
   * A namespace of it; the caller closes the file.
   *
   * @param kind as {@code /proc/PID/ns} names it: net, uts, ipc, pid, user
   */
  public Fd openNamespace(String kind) throws SyscallException {
    if (preparation.isPresent()) {
      throw new IllegalStateException(
          "the pause process " + id.pid() + " may not be in its namespaces yet");
    }
    return open(kind);
  }

  private Fd open(String kind) throws SyscallException {
    return OpenFiles.open(
        Path.of("/proc", Integer.toString(id.pid()), "ns", kind), OpenFiles.O_RDONLY);
  }

  /** Its user namespace, for the pod's containers; empty for the host's. */
  public Optional<UserNamespace> user() {
    return user;
  }

  /**
   * Waits until it is wholly prepared: it can see and do nothing any more. Before, nothing of the
   * pod's may be started.
   *
   * @throws LaunchException if a step failed
   */
  public void awaitPrepared() throws IOException {
    if (preparation.isPresent()) {
      preparation.get().await();
      preparation = Optional.empty();
    }
  }

  /** Completed when it has ended and is reaped, on the launcher's thread. */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /**
   * Kills it and waits for its end.
   *
   * @throws IOException if it does not end in time; it will end, but nobody knows when
   */
  public void kill() throws IOException {
    pidfd.signal(Monitor.SIGKILL);
    if (!pidfd.awaitEnd(bound)) {
      throw new IOException(
          "the pause process %d was killed and has not ended within %d s: its cgroup is frozen, or"
                  .formatted(id.pid(), bound.toSeconds())
              + " the kernel is stuck (see /proc/%d/stack)".formatted(id.pid()));
    }
    conclude();
  }

  /** Closes this daemon's descriptors; the process goes on. */
  @Override
  public void close() {
    registration.close();
    preparation.ifPresent(PausePreparation::close);
    pidfd.close();
    user.ifPresent(namespace -> namespace.namespace().close());
  }
}
