package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** The containers that have processes, each watched until its end is dealt with. */
final class LiveContainers {
  private static final System.Logger LOG = System.getLogger(LiveContainers.class.getName());

  private final ContainerStore store;
  private final ContainerEnding ending;
  private final Keyed keyed;
  private final Clock clock;
  private final Executor workers;
  private final Retries retries;
  private final ConcurrentHashMap<String, LiveContainer> byId = new ConcurrentHashMap<>();
  private boolean released;

  /**
   * @param keyed held for the container's id while its end is dealt with
   */
  LiveContainers(
      ContainerStore store, ContainerEnding ending, Keyed keyed, Clock clock, Executor workers) {
    this.store = store;
    this.ending = ending;
    this.keyed = keyed;
    this.clock = clock;
    this.workers = workers;
    this.retries = new Retries(workers);
  }

  Optional<LiveContainer> of(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /**
   * Watches it from now on.
   *
   * @return false where this daemon lets go of all, and so of this one
   */
  boolean watch(String id, LiveContainer live) {
    synchronized (this) {
      if (released) {
        live.release();
        return false;
      }
      byId.put(id, live);
    }
    live.monitor()
        .exit()
        .exceptionally(
            lost -> ExitStatus.unknown("its end could not be read: " + lost, clock.instant()))
        .thenAcceptAsync(status -> exited(id, live, status, 0), workers);
    return true;
  }

  /** Whether this daemon lets go of all. */
  synchronized boolean isReleased() {
    return released;
  }

  /** Its end is dealt with, or is nobody's business any more. */
  void remove(String id) {
    byId.remove(id);
  }

  /** Lets go of all, also of those that are still to come; they go on. */
  synchronized void release() {
    released = true;
    byId.values().forEach(LiveContainer::release);
  }

  private void exited(String id, LiveContainer live, ExitStatus status, int failures) {
    try {
      keyed.hold(
          id,
          () -> {
            Optional<Container> container = store.exactly(id);
            // One that is being removed, or failed to start, is dealt with by who does that.
            if (container.isPresent()
                && container.get().phase() != ContainerPhase.REMOVING
                && byId.get(id) == live
                && ending.ended(container.get(), live, status)) {
              byId.remove(id, live);
            }
            return null;
          });
    } catch (IOException | RuntimeException failed) {
      LOG.log(
          Level.ERROR,
          "the end of container " + id + " could not be dealt with; it is tried again",
          failed);
      retries.later(failures, () -> exited(id, live, status, failures + 1));
    }
  }
}
