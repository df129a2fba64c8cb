package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.LaunchException;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What follows when a container's first process has ended: nothing of it outlives it, its last
 * output reaches the log, how it ended goes on record.
 */
final class ContainerEnding {
  private static final System.Logger LOG = System.getLogger(ContainerEnding.class.getName());

  /** Everything in the cgroup is dead by then, so only what is in the pipes is left to read. */
  private static final Duration DRAIN_BOUND = Duration.ofSeconds(5);

  private final ContainerStore store;
  private final CgroupDriver cgroups;
  private final ContainerEvents events;
  private final Clock clock;
  private final Failpoints failpoints;

  ContainerEnding(
      ContainerStore store,
      CgroupDriver cgroups,
      ContainerEvents events,
      Clock clock,
      Failpoints failpoints) {
    this.store = store;
    this.cgroups = cgroups;
    this.events = events;
    this.clock = clock;
    this.failpoints = failpoints;
  }

  /**
   * The first process of a running container has ended.
   *
   * @return whether that is on record. It is not where this daemon is shutting down and lets go of
   *     the container's output: the next one finds its monitor and finishes this.
   */
  boolean ended(Container container, LiveContainer live, ExitStatus status) throws IOException {
    Cgroup cgroup = cgroup(container);
    long oomKills = cgroup.oomKills();
    cgroup.kill();
    failpoints.pass("container.exit.killed");
    if (!drain(container, live)) {
      return false;
    }
    failpoints.pass("container.exit.drained");
    finish(container, live, end(container, status, oomKills));
    return true;
  }

  /** It ended while no monitor of it was left: there is nothing to drain. */
  void endedUnwatched(Container container, ExitStatus status) throws IOException {
    Cgroup cgroup = cgroup(container);
    long oomKills = cgroup.oomKills();
    cgroup.kill();
    Container ended = store.saveEnd(container.ended(end(container, status, oomKills)));
    removeCgroup(container);
    events.publish(
        ContainerEvents.Kind.STOPPED, ended.id(), ended.sandboxId(), status.finishedAt());
  }

  /** The first process could not be started. */
  void failedToStart(Container container, LiveContainer live, LaunchException failed)
      throws IOException {
    cgroup(container).kill();
    drain(container, live);
    String reason = failed.isOfCommand() ? ContainerEnd.CANNOT_RUN : ContainerEnd.START_ERROR;
    Instant now = clock.instant();
    finish(
        container,
        live,
        new ContainerEnd(Optional.empty(), now, failed.exitCode(), reason, failed.getMessage()));
  }

  private void finish(Container container, LiveContainer live, ContainerEnd end)
      throws IOException {
    Container ended = store.saveEnd(container.ended(end));
    failpoints.pass("container.exit.recorded");
    live.end();
    failpoints.pass("container.exit.monitor");
    removeCgroup(container);
    live.exited().complete(null);
    events.publish(ContainerEvents.Kind.STOPPED, ended.id(), ended.sandboxId(), end.finishedAt());
  }

  /** Tried again when the container is removed, should a process take its time to die. */
  private void removeCgroup(Container container) {
    try {
      cgroup(container).remove();
    } catch (IOException busy) {
      LOG.log(
          Level.WARNING,
          "the cgroup of container " + container.record().label() + " is still there",
          busy);
    }
  }

  Cgroup cgroup(Container container) {
    return cgroups.at(container.record().cgroupParent(), container.id());
  }

  /** False where this daemon has let go of the output meanwhile, which stays in the pipes. */
  private static boolean drain(Container container, LiveContainer live) {
    live.log().initEnded(DRAIN_BOUND);
    try {
      live.log().drained().get(2 * DRAIN_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } catch (CancellationException shuttingDown) {
      return false;
    } catch (ExecutionException | TimeoutException lost) {
      LOG.log(
          Level.WARNING,
          "the last output of container " + container.record().label() + " may be lost",
          lost);
    }
    return true;
  }

  private static ContainerEnd end(Container container, ExitStatus status, long oomKills) {
    String reason;
    if (!status.isKnown()) {
      reason = ContainerEnd.UNKNOWN;
    } else if (status.code() == 0) {
      reason = ContainerEnd.COMPLETED;
    } else {
      reason = oomKills > 0 ? ContainerEnd.OOM_KILLED : ContainerEnd.ERROR;
    }
    return new ContainerEnd(
        container.life().startedAt(),
        status.finishedAt(),
        status.code(),
        reason,
        status.unknownReason());
  }
}
