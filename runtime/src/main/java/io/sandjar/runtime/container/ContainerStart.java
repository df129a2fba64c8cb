package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.LaunchException;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens a container's gate. To be called while the container's id is held. */
final class ContainerStart {
  private static final long KILL_SECONDS = 30;

  private final ContainerStore store;
  private final Sandboxes sandboxes;
  private final LiveContainers live;
  private final ContainerEnding ending;
  private final ContainerEvents events;
  private final Clock clock;
  private final Timings steps;
  private final Failpoints failpoints;

  ContainerStart(
      ContainerStore store,
      Sandboxes sandboxes,
      LiveContainers live,
      ContainerEnding ending,
      ContainerEvents events,
      Clock clock,
      Timings steps,
      Failpoints failpoints) {
    this.store = store;
    this.sandboxes = sandboxes;
    this.live = live;
    this.ending = ending;
    this.events = events;
    this.clock = clock;
    this.steps = steps;
    this.failpoints = failpoints;
  }

  void start(Container container) throws IOException {
    Optional<LiveContainer> waiting = live.of(container.id());
    if (container.phase() != ContainerPhase.CREATED || waiting.isEmpty()) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " cannot be started: it is "
              + container.phase().name().toLowerCase(Locale.ROOT));
    }
    Sandbox sandbox = sandboxes.get(container.sandboxId());
    if (!sandbox.isReady()) {
      throw ContainerCreation.notReady(sandbox);
    }
    Container starting = store.save(container.with(container.life().starting(clock.instant())));
    Container running = open(starting, waiting.get());
    // Whoever stops the sandbox says so first: one of the two sees the other.
    if (!sandboxes.get(container.sandboxId()).isReady()) {
      ending.cgroup(running).kill();
      throw ContainerCreation.notReady(sandbox);
    }
  }

  /**
   * Finishes a start, also one that an earlier daemon was killed in: a gate that is open already is
   * opened again, which nobody notices.
   */
  Container open(Container starting, LiveContainer mine) throws IOException {
    Timings.Laps laps = steps.laps();
    Container running;
    try {
      mine.monitor().start();
      failpoints.pass("container.start.opened");
      laps.lap("container.start.gate");
      running = store.save(starting.with(starting.life().in(ContainerPhase.RUNNING)));
    } catch (LaunchException failed) {
      ending.failedToStart(starting, mine, failed);
      live.remove(starting.id());
      throw new EngineException(
          failed.isOfCommand() ? Kind.INVALID_ARGUMENT : Kind.INTERNAL,
          "container " + starting.record().label() + ": " + failed.getMessage(),
          failed);
    } catch (IOException | RuntimeException failed) {
      throw killed(starting, mine, failed);
    }
    events.publish(
        ContainerEvents.Kind.STARTED,
        running.id(),
        running.sandboxId(),
        running.startedAt().orElseThrow());
    return running;
  }

  /** Nobody may run of whom that is not on record. What fails here is tried again by its watch. */
  private EngineException killed(Container starting, LiveContainer mine, Exception failed) {
    try {
      ending.cgroup(starting).kill();
      ExitStatus status = mine.monitor().exit().get(KILL_SECONDS, TimeUnit.SECONDS);
      if (ending.ended(starting, mine, status)) {
        live.remove(starting.id());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | ExecutionException | TimeoutException again) {
      failed.addSuppressed(again);
    }
    return new EngineException(
        Kind.INTERNAL,
        "container "
            + starting.record().label()
            + " could not be started and was killed: "
            + failed.getMessage(),
        failed);
  }
}
