package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.log.LogPipes;
import io.sandjar.runtime.container.log.LogPump;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Monitor;
import io.sandjar.runtime.linux.launch.MonitorRecord;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystemException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Takes over the containers that an earlier daemon left with processes. A monitor that lives but
 * cannot be reached, for want of descriptors say, is asked again later, and whenever somebody wants
 * something of its container, which goes on.
 */
final class ContainerAdoption {
  private static final System.Logger LOG = System.getLogger(ContainerAdoption.class.getName());

  /** How often it is looked for an interruption while an end is waited for. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private final ContainerStore store;
  private final Sandboxes sandboxes;
  private final LiveContainers live;
  private final ContainerStart start;
  private final ContainerEnding ending;
  private final Launcher launcher;
  private final LogPump logs;
  private final Clock clock;
  private final Keyed keyed;
  private final Retries retries;
  private final Failpoints failpoints;

  ContainerAdoption(
      ContainerStore store,
      Sandboxes sandboxes,
      LiveContainers live,
      ContainerStart start,
      ContainerEnding ending,
      Launcher launcher,
      LogPump logs,
      Clock clock,
      Keyed keyed,
      Executor workers,
      Failpoints failpoints) {
    this.store = store;
    this.sandboxes = sandboxes;
    this.live = live;
    this.start = start;
    this.ending = ending;
    this.launcher = launcher;
    this.logs = logs;
    this.clock = clock;
    this.keyed = keyed;
    this.retries = new Retries(workers);
    this.failpoints = failpoints;
  }

  /** Takes over a container that has processes; where that fails, it is tried again from now on. */
  void adopt(String id) {
    adopt(id, 0);
  }

  private void adopt(String id, int failures) {
    try {
      reach(id);
    } catch (IOException | RuntimeException failed) {
      LOG.log(
          failures == 0 ? Level.ERROR : Level.DEBUG,
          "container " + id + " cannot be taken over; it goes on, and this is tried again",
          failed);
      retries.later(failures, () -> adopt(id, failures + 1));
    }
  }

  /**
   * What this daemon holds of a container, which it takes over now where it could not so far. Empty
   * where the container has no processes, and where this daemon lets go of all.
   */
  Optional<LiveContainer> reach(String id) throws IOException {
    if (!live.isReleased() && unadopted(id).isPresent()) {
      keyed.hold(
          id,
          () -> {
            Optional<Container> left = unadopted(id);
            if (left.isPresent()) {
              take(left.get());
            }
            return null;
          });
    }
    return live.of(id);
  }

  /** As {@link #reach}; empty also where it cannot be reached, since it is to end anyway. */
  Optional<LiveContainer> reachToEnd(String id) {
    try {
      return reach(id);
    } catch (IOException | RuntimeException failed) {
      LOG.log(Level.WARNING, "container " + id + " cannot be taken over before its end", failed);
      return live.of(id);
    }
  }

  /** It, where it has processes that this daemon does not hold. */
  private Optional<Container> unadopted(String id) {
    return live.of(id).isPresent()
        ? Optional.empty()
        : store.exactly(id).filter(container -> container.phase().hasProcesses());
  }

  private void take(Container container) throws IOException {
    Monitor monitor;
    try {
      failpoints.pass("container.adopt");
      monitor = launcher.adopt(recordOf(container));
    } catch (IOException failed) {
      if (!isGone(recordOf(container))) {
        throw failed;
      }
      LOG.log(
          Level.WARNING,
          "the monitor of container " + container.record().label() + " is gone",
          failed);
      ending.endedUnwatched(container, lost("its monitor was lost: " + failed.getMessage()));
      return;
    }
    if (monitor.held().isEmpty()) {
      // The monitor is gone, with the ends of the pipes; its exit file may tell how it went.
      // Closed where that fails, too: it is tried again.
      try (monitor) {
        ending.endedUnwatched(container, exitOf(monitor));
      }
      return;
    }
    goOn(container, withLog(container, monitor));
  }

  private static MonitorRecord recordOf(Container container) {
    return container.life().monitor().orElseThrow();
  }

  /** For certain: what cannot be looked for now may live. */
  private static boolean isGone(MonitorRecord monitor) {
    try {
      Optional<Pidfd> there = monitor.monitor().open();
      there.ifPresent(Pidfd::close);
      return there.isEmpty();
    } catch (IOException unknown) {
      return false;
    }
  }

  /**
   * Sends its stop signal to a container that cannot be reached, and waits for its end up to the
   * grace period; it does not matter whether it is reached meanwhile.
   *
   * @param cut completes when the grace period is over before its time
   */
  void askToEnd(Container container, Duration grace, CompletableFuture<?> cut) throws IOException {
    Optional<Pidfd> there = recordOf(container).container().open();
    if (there.isEmpty()) {
      return;
    }
    try (Pidfd init = there.get()) {
      init.signal(container.record().stopSignal());
      Duration left = grace;
      while (!left.isNegative() && !cut.isDone() && !init.awaitEnd(LOOK)) {
        if (Thread.currentThread().isInterrupted()) {
          throw new EngineException(
              Kind.CANCELLED, "interrupted while a container's end was waited for");
        }
        left = left.minus(LOOK);
      }
    }
  }

  /**
   * Kills a container whose monitor could not be reached so far, and with it the monitor; nothing
   * where the container is adopted or has ended. Output that the daemon has not read is lost.
   */
  void giveUp(String id) throws IOException {
    if (unadopted(id).isEmpty()) {
      return;
    }
    keyed.hold(
        id,
        () -> {
          Optional<Container> left = unadopted(id);
          if (left.isPresent()) {
            kill(left.get());
          }
          return null;
        });
  }

  private void kill(Container container) throws IOException {
    ending.cgroup(container).kill();
    ExitStatus status =
        launcher
            .exitOf(recordOf(container))
            .orElseGet(() -> lost("it was killed while its monitor could not be reached"));
    ending.endedUnwatched(container, status);
    launcher.kill(recordOf(container).monitor());
  }

  /** Its output is given up where the log is refused: else it could not even be attached to. */
  private LiveContainer withLog(Container container, Monitor monitor) throws IOException {
    try {
      return new LiveContainer(
          monitor,
          logs.start(LogPipes.of(monitor.held()), ContainerCreation.logPath(container.record())));
    } catch (IOException | RuntimeException refused) {
      monitor.close();
      if (isForWantOfFiles(refused)) {
        throw refused;
      }
      LOG.log(
          Level.ERROR,
          "what container " + container.record().label() + " prints is lost from now on",
          refused);
      return withoutLog(launcher.adopt(monitor.toRecord()));
    }
  }

  /** There may be free descriptors again in a moment. */
  private static boolean isForWantOfFiles(Exception failed) {
    // The JDK tells it by text alone, in the daemon's language; what it tells apart has a class.
    return failed instanceof SyscallException call
        ? call.is(Errno.EMFILE) || call.is(Errno.ENFILE)
        : failed.getClass() == FileSystemException.class;
  }

  private LiveContainer withoutLog(Monitor monitor) throws IOException {
    try {
      return new LiveContainer(monitor, logs.start(LogPipes.of(monitor.held()), Optional.empty()));
    } catch (IOException | RuntimeException failed) {
      monitor.close();
      throw failed;
    }
  }

  private void goOn(Container container, LiveContainer adopted) throws IOException {
    boolean mine = live.watch(container.id(), adopted);
    // In a sandbox that is being stopped nothing is started: it is ended with the rest.
    if (mine
        && container.phase() == ContainerPhase.STARTING
        && sandboxes.get(container.sandboxId()).isReady()) {
      finishStart(container, adopted);
    }
  }

  private void finishStart(Container starting, LiveContainer adopted) throws IOException {
    try {
      start.open(starting, adopted);
    } catch (EngineException refused) {
      // It is on record how it ended, as after any start that fails.
      LOG.log(Level.WARNING, refused.getMessage());
    }
  }

  private ExitStatus exitOf(Monitor monitor) {
    try {
      return monitor.exit().join();
    } catch (CompletionException unreadable) {
      return lost("its monitor was lost: " + unreadable.getCause().getMessage());
    }
  }

  private ExitStatus lost(String why) {
    return ExitStatus.unknown(why, clock.instant());
  }
}
