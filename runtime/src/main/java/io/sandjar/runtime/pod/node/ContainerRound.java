package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Does in a pod's sandbox what can be done now for its containers: ends those that must not go on,
 * runs the init containers in their order, then the containers, and the sidecars as long as these.
 */
final class ContainerRound {
  private final PodEngine engine;
  private final ContainerStarter starter;
  private final Termination termination;
  private final EventRecorder events;
  private final InstantSource clock;

  ContainerRound(
      PodEngine engine,
      ContainerStarter starter,
      Termination termination,
      EventRecorder events,
      InstantSource clock) {
    this.engine = engine;
    this.starter = starter;
    this.termination = termination;
    this.events = events;
    this.clock = clock;
  }

  /** Goes round once; when to do so again, if that is known. */
  Optional<Instant> run(
      Map<String, Object> pod, Sandbox sandbox, PodMemory memory, Cancellation cancellation)
      throws IOException {
    return new Round(pod, sandbox, memory, cancellation).run();
  }

  /** One round of one pod. */
  private final class Round {
    private final Map<String, Object> pod;
    private final Sandbox sandbox;
    private final PodMemory memory;
    private final Cancellation cancellation;
    private final Restarts.Policy policy;
    private final List<Instant> wakeUps = new ArrayList<>();

    /** The names of those that this round ended for another image: they start anew with it. */
    private final Set<String> replaced = new HashSet<>();

    Round(Map<String, Object> pod, Sandbox sandbox, PodMemory memory, Cancellation cancellation) {
      this.pod = pod;
      this.sandbox = sandbox;
      this.memory = memory;
      this.cancellation = cancellation;
      this.policy = Restarts.Policy.of(pod);
    }

    Optional<Instant> run() throws IOException {
      for (Placed placed : PodTemplate.containers(pod)) {
        endUnwanted(placed);
      }
      if (mains().allMatch(this::isDone)) {
        // Sidecars do not keep a pod alive.
        termination.endAll(pod, state(), PodFailures.grace(pod));
        return Optional.empty();
      }
      if (initialised()) {
        for (Placed placed : PodTemplate.containers(pod)) {
          if (placed.list().equals("containers")) {
            drive(placed, policy);
          } else if (placed.list().equals("ephemeralContainers")) {
            drive(placed, Restarts.Policy.NEVER);
          }
        }
      }
      return wakeUps.stream().min(Instant::compareTo);
    }

    private PodState state() {
      return PodState.of(engine, PodState.uid(pod));
    }

    private Stream<Placed> mains() {
      return PodTemplate.containers(pod).stream()
          .filter(placed -> placed.list().equals("containers"));
    }

    /** Ends a container that failed a probe or its hook, or whose image the manifest changed. */
    private void endUnwanted(Placed placed) {
      PodState state = state();
      Optional<Container> running = state.running(placed.name());
      if (running.isEmpty()) {
        return;
      }
      Container container = running.get();
      Optional<Failure> failure = memory.failure(container.id());
      if (failure.isPresent()) {
        termination.end(
            pod,
            placed,
            container,
            state,
            grace(placed, failure.get()),
            why(placed, failure.get()));
      } else if (hasOtherImage(placed, container)) {
        String why = subject(placed) + " definition changed, will be restarted";
        termination.end(pod, placed, container, state, PodFailures.grace(pod), why);
        replaced.add(placed.name());
      }
    }

    private static boolean hasOtherImage(Placed placed, Container container) {
      String wanted = Trees.string(placed.container(), "image", "");
      return !wanted.equals(container.spec().annotations().getOrDefault(PodLabels.IMAGE, wanted));
    }

    private String why(Placed placed, Failure failure) {
      return switch (failure) {
        case POST_START_HOOK -> "FailedPostStartHook";
        case STARTUP_PROBE -> subject(placed) + " failed startup probe" + consequence(placed);
        case LIVENESS_PROBE -> subject(placed) + " failed liveness probe" + consequence(placed);
      };
    }

    private static String subject(Placed placed) {
      return (placed.isSidecar() ? "Init container " : "Container ") + placed.name();
    }

    private String consequence(Placed placed) {
      return placed.isSidecar() || policy == Restarts.Policy.NEVER ? "" : ", will be restarted";
    }

    /** A probe may have a grace period of its own. */
    private Duration grace(Placed placed, Failure failure) {
      return Trees.number(
              Trees.object(placed.container(), failure.probe()), "terminationGracePeriodSeconds")
          .map(Duration::ofSeconds)
          .orElseGet(() -> PodFailures.grace(pod));
    }

    /** Whether a container has ended for good. */
    private boolean isDone(Placed placed) {
      return !replaced.contains(placed.name())
          && state()
              .latest(placed.name())
              .filter(c -> c.state() == Container.State.EXITED)
              .filter(c -> !policy.wantsAgain(Restarts.exitCode(c)))
              .isPresent();
    }

    /** Runs the init containers in their order; true once the last has done its work. */
    private boolean initialised() throws IOException {
      boolean mainsStarted = mains().anyMatch(placed -> here(placed).isPresent());
      for (Placed placed : PodTemplate.containers(pod)) {
        if (placed.isSidecar()) {
          drive(placed, Restarts.Policy.ALWAYS);
          if (!mainsStarted && !isStarted(placed)) {
            return false;
          }
        } else if (placed.list().equals("initContainers")
            && !mainsStarted
            && !hasSucceeded(placed)) {
          boolean once = policy == Restarts.Policy.NEVER;
          drive(placed, once ? Restarts.Policy.NEVER : Restarts.Policy.ON_FAILURE);
          return false;
        }
      }
      return true;
    }

    /** The newest container of that name, if it is one of this sandbox. */
    private Optional<Container> here(Placed placed) {
      return state().latest(placed.name()).filter(c -> c.sandboxId().equals(sandbox.id()));
    }

    private boolean hasSucceeded(Placed placed) {
      return here(placed)
          .filter(c -> c.state() == Container.State.EXITED && Restarts.exitCode(c) == 0)
          .isPresent();
    }

    private boolean isStarted(Placed placed) {
      return here(placed)
          .filter(c -> c.state() == Container.State.RUNNING)
          .filter(
              c ->
                  !placed.container().containsKey("startupProbe")
                      || memory.started(c.id()).orElse(false))
          .isPresent();
    }

    private void drive(Placed placed, Restarts.Policy wanted) throws IOException {
      Optional<Container> latest = state().latest(placed.name());
      Restarts.Decision decision = decide(wanted, placed, latest);
      if (decision instanceof Restarts.Decision.Wait wait) {
        waits(placed, wait);
      } else if (decision instanceof Restarts.Decision.Start start) {
        if (latest.isPresent() && latest.get().state() == Container.State.CREATED) {
          engine.containers().remove(latest.get().id());
        }
        starter
            .start(pod, placed, sandbox, start, target(placed), memory, cancellation)
            .ifPresent(wakeUps::add);
        starter.removeOld(state(), placed.name(), memory);
      } else {
        memory.waitsNoMore(placed.name());
      }
    }

    private void waits(Placed placed, Restarts.Decision.Wait wait) {
      var of = sandbox.spec().name();
      String in = of.name() + "_" + of.namespace() + "(" + of.uid() + ")";
      String message =
          "back-off " + readable(wait.seconds()) + " restarting failed container=" + placed.name();
      memory.waits(placed.name(), new Waiting("CrashLoopBackOff", message + " pod=" + in));
      events.ofContainer(
          pod,
          placed.list(),
          placed.name(),
          "Warning",
          "BackOff",
          "Back-off restarting failed container " + placed.name() + " in pod " + in);
      wakeUps.add(wait.until());
    }

    private Restarts.Decision decide(
        Restarts.Policy wanted, Placed placed, Optional<Container> latest) {
      if (latest.isPresent() && latest.get().state() == Container.State.EXITED) {
        Container ended = latest.get();
        boolean changed =
            hasOtherImage(placed, ended) && wanted.wantsAgain(Restarts.exitCode(ended));
        // What ran before the containers in a sandbox that is gone runs before them in this one.
        boolean lost =
            !ended.sandboxId().equals(sandbox.id())
                && wanted != Restarts.Policy.NEVER
                && !placed.list().equals("containers");
        if (replaced.contains(placed.name()) || changed || lost) {
          return new Restarts.Decision.Start(ended.spec().name().attempt() + 1, 0);
        }
      }
      return Restarts.decide(wanted, latest.map(Restarts.Attempt::of), clock.instant());
    }

    /** The container whose processes an ephemeral container sees. */
    private String target(Placed placed) {
      return Trees.string(placed.container(), "targetContainerName")
          .flatMap(state()::latest)
          .map(Container::id)
          .orElse("");
    }

    private static String readable(long seconds) {
      Duration length = Duration.ofSeconds(seconds);
      return length.toMinutes() == 0
          ? seconds + "s"
          : length.toMinutes() + "m" + length.toSecondsPart() + "s";
    }
  }
}
