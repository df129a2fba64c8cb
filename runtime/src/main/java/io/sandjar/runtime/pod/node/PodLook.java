package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.plan.SandboxPlan;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.volume.PodVolumes;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Brings a pod that shall run towards its spec: volumes, sandbox, init containers in their order,
 * containers; each look does all that can be done now.
 */
final class PodLook {
  private static final Duration VOLUME_RETRY = Duration.ofSeconds(2);
  private static final Duration SANDBOX_RETRY = Duration.ofSeconds(5);

  private final PodEngine engine;
  private final PodVolumes volumes;
  private final SandboxPlan sandboxPlan;
  private final UserRanges users;
  private final ContainerStarter starter;
  private final Termination termination;
  private final EventRecorder events;
  private final InstantSource clock;

  PodLook(
      PodEngine engine,
      PodVolumes volumes,
      SandboxPlan sandboxPlan,
      UserRanges users,
      ContainerStarter starter,
      Termination termination,
      EventRecorder events,
      InstantSource clock) {
    this.engine = engine;
    this.volumes = volumes;
    this.sandboxPlan = sandboxPlan;
    this.users = users;
    this.starter = starter;
    this.termination = termination;
    this.events = events;
    this.clock = clock;
  }

  /** Does what can be done; when to look again, if that is known. */
  Optional<Instant> advance(Map<String, Object> pod, PodWorker worker, Cancellation cancellation)
      throws IOException {
    String uid = worker.uid();
    try {
      volumes.prepare(pod);
    } catch (ConfigErrorException | IOException e) {
      events.warning(pod, "FailedMount", e.getMessage());
      // What runs goes on with what the volumes held last.
      if (PodState.of(engine, uid).readySandbox().isEmpty() || !volumes.areMade(pod)) {
        return Optional.of(clock.instant().plus(VOLUME_RETRY));
      }
    }
    PodState state = PodState.of(engine, uid);
    Optional<Sandbox> ready = state.readySandbox();
    if (ready.isEmpty()) {
      if (!needsSandbox(pod, state)) {
        return Optional.empty();
      }
      try {
        ready = Optional.of(newSandbox(pod, state));
      } catch (IOException | EngineException e) {
        events.warning(
            pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: " + e.getMessage());
        return Optional.of(clock.instant().plus(SANDBOX_RETRY));
      }
      state = PodState.of(engine, uid);
    }
    return new Round(
            withAddresses(pod, ready.get()), ready.get(), state, worker.memory(), cancellation)
        .run();
  }

  /** The pod as its containers may read it: the sandbox is newer than the status on record. */
  private static Map<String, Object> withAddresses(Map<String, Object> pod, Sandbox sandbox) {
    if (sandbox.ips().isEmpty()) {
      return pod;
    }
    Map<String, Object> known = Trees.copy(pod);
    Map<String, Object> status = Trees.objectIn(known, "status");
    status.put("podIP", sandbox.ips().get(0));
    status.put("podIPs", sandbox.ips().stream().map(ip -> Map.of("ip", (Object) ip)).toList());
    return known;
  }

  /** A pod whose containers all ended for good needs no new sandbox. */
  private static boolean needsSandbox(Map<String, Object> pod, PodState state) {
    Restarts.Policy policy = policy(pod);
    return PodTemplate.containers(pod).stream()
        .filter(placed -> placed.list().equals("containers"))
        .anyMatch(
            placed ->
                state
                    .latest(placed.name())
                    .map(
                        container ->
                            container.state() != Container.State.EXITED
                                || Restarts.isWantedAgain(policy, Restarts.exitCode(container)))
                    .orElse(true));
  }

  private Sandbox newSandbox(Map<String, Object> pod, PodState state) throws IOException {
    int attempt = state.newestSandbox().map(old -> old.spec().name().attempt() + 1).orElse(0);
    if (attempt > 0) {
      events.normal(
          pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      for (Sandbox old : state.sandboxes()) {
        engine.teardown().stop(old.id());
      }
    }
    return engine.sandboxes().run(sandboxPlan.of(pod, attempt, users.of(pod)));
  }

  static Restarts.Policy policy(Map<String, Object> pod) {
    return switch (Trees.string(Trees.object(pod, "spec"), "restartPolicy", "Always")) {
      case "OnFailure" -> Restarts.Policy.ON_FAILURE;
      case "Never" -> Restarts.Policy.NEVER;
      default -> Restarts.Policy.ALWAYS;
    };
  }

  /** One look at the containers of a pod with a sandbox. */
  private final class Round {
    private final Map<String, Object> pod;
    private final Sandbox sandbox;
    private final PodState state;
    private final PodMemory memory;
    private final Cancellation cancellation;
    private final List<Instant> wakeUps = new ArrayList<>();

    Round(
        Map<String, Object> pod,
        Sandbox sandbox,
        PodState state,
        PodMemory memory,
        Cancellation cancellation) {
      this.pod = pod;
      this.sandbox = sandbox;
      this.state = state;
      this.memory = memory;
      this.cancellation = cancellation;
    }

    Optional<Instant> run() throws IOException {
      for (Placed placed : PodTemplate.containers(pod)) {
        endUnwanted(placed);
      }
      if (initialised()) {
        for (Placed placed : PodTemplate.containers(pod)) {
          if (placed.list().equals("containers")) {
            drive(placed, policy(pod));
          } else if (placed.list().equals("ephemeralContainers")) {
            drive(placed, Restarts.Policy.NEVER);
          }
        }
      }
      return wakeUps.stream().min(Instant::compareTo);
    }

    /** Ends a container whose probe failed for good, or whose image the manifest has changed. */
    private void endUnwanted(Placed placed) {
      Optional<Container> running =
          state.latest(placed.name()).filter(c -> c.state() == Container.State.RUNNING);
      if (running.isEmpty()) {
        return;
      }
      Container container = running.get();
      Optional<String> unhealthy = memory.unhealthy(container.id());
      String wanted = Trees.string(placed.container(), "image", "");
      String has = container.spec().annotations().getOrDefault(PodLabels.IMAGE, wanted);
      if (unhealthy.isPresent()) {
        termination.end(
            pod,
            placed,
            container,
            state,
            grace(placed, unhealthy.get()),
            "Container " + placed.name() + " failed " + unhealthy.get() + ", will be restarted");
      } else if (!has.equals(wanted)) {
        termination.end(
            pod,
            placed,
            container,
            state,
            grace(placed, ""),
            "Container " + placed.name() + " definition changed, will be restarted");
      }
    }

    /** A probe may have a grace period of its own. */
    private Duration grace(Placed placed, String why) {
      String probe = why.startsWith("startup") ? "startupProbe" : "livenessProbe";
      long seconds =
          Trees.number(Trees.object(placed.container(), probe), "terminationGracePeriodSeconds")
              .filter(own -> !why.isEmpty())
              .or(() -> Trees.number(Trees.object(pod, "spec"), "terminationGracePeriodSeconds"))
              .orElse(30L);
      return Duration.ofSeconds(seconds);
    }

    /** Runs the init containers in their order; true once the last has done its work. */
    private boolean initialised() throws IOException {
      boolean mainsStarted =
          PodTemplate.containers(pod).stream()
              .filter(placed -> placed.list().equals("containers"))
              .anyMatch(placed -> state.latest(placed.name()).isPresent());
      for (Placed placed : PodTemplate.containers(pod)) {
        if (!placed.list().equals("initContainers")) {
          continue;
        }
        if (placed.isSidecar()) {
          drive(placed, Restarts.Policy.ALWAYS);
          if (!isStarted(placed) && !mainsStarted) {
            return false;
          }
          continue;
        }
        boolean newSandbox =
            state.latest(placed.name()).filter(c -> c.sandboxId().equals(sandbox.id())).isEmpty();
        if (mainsStarted && !newSandbox) {
          continue;
        }
        if (!initDone(placed)) {
          Restarts.Policy policy =
              policy(pod) == Restarts.Policy.NEVER
                  ? Restarts.Policy.NEVER
                  : Restarts.Policy.ON_FAILURE;
          drive(placed, policy);
          return false;
        }
      }
      return true;
    }

    private boolean initDone(Placed placed) {
      return state
          .latest(placed.name())
          .filter(c -> c.sandboxId().equals(sandbox.id()))
          .filter(c -> c.state() == Container.State.EXITED && Restarts.exitCode(c) == 0)
          .isPresent();
    }

    private boolean isStarted(Placed placed) {
      return PodState.of(engine, sandbox.spec().name().uid())
          .latest(placed.name())
          .filter(c -> c.state() == Container.State.RUNNING)
          .filter(
              c ->
                  !placed.container().containsKey("startupProbe")
                      || memory.started(c.id()).orElse(false))
          .isPresent();
    }

    private void drive(Placed placed, Restarts.Policy policy) throws IOException {
      // What ran in a sandbox that is gone is started anew in this one, whatever it ended with.
      Optional<Container> latest =
          PodState.of(engine, sandbox.spec().name().uid()).latest(placed.name());
      Restarts.Decision decision = decide(policy, placed, latest);
      if (decision instanceof Restarts.Decision.Wait wait) {
        String message =
            "back-off "
                + readable(wait.seconds())
                + " restarting failed container="
                + placed.name()
                + " pod="
                + sandbox.spec().name().name()
                + "_"
                + sandbox.spec().name().namespace()
                + "("
                + sandbox.spec().name().uid()
                + ")";
        memory.waits(placed.name(), new Waiting("CrashLoopBackOff", message));
        events.ofContainer(
            pod,
            placed.list(),
            placed.name(),
            "Warning",
            "BackOff",
            "Back-off restarting failed container "
                + placed.name()
                + " in pod "
                + sandbox.spec().name().name()
                + "_"
                + sandbox.spec().name().namespace()
                + "("
                + sandbox.spec().name().uid()
                + ")");
        wakeUps.add(wait.until());
      } else if (decision instanceof Restarts.Decision.Start start) {
        starter
            .start(pod, placed, sandbox, start, target(placed), memory, cancellation)
            .ifPresent(wakeUps::add);
        starter.removeOld(PodState.of(engine, sandbox.spec().name().uid()), placed.name(), memory);
      } else {
        memory.waitsNoMore(placed.name());
      }
    }

    private Restarts.Decision decide(
        Restarts.Policy policy, Placed placed, Optional<Container> latest) throws IOException {
      if (latest.isPresent() && latest.get().state() == Container.State.CREATED) {
        // An earlier daemon made it and did not come to start it.
        engine.containers().remove(latest.get().id());
        return new Restarts.Decision.Start(latest.get().spec().name().attempt(), 0);
      }
      boolean imageChanged =
          latest
              .map(c -> c.spec().annotations().getOrDefault(PodLabels.IMAGE, ""))
              .filter(image -> !image.equals(Trees.string(placed.container(), "image", "")))
              .isPresent();
      boolean lostWithSandbox =
          latest
              .filter(c -> c.state() == Container.State.EXITED)
              .filter(c -> !c.sandboxId().equals(sandbox.id()))
              .filter(c -> policy != Restarts.Policy.NEVER)
              .isPresent();
      if (latest.isPresent()
          && latest.get().state() == Container.State.EXITED
          && (imageChanged || lostWithSandbox && !placed.list().equals("containers"))) {
        return new Restarts.Decision.Start(latest.get().spec().name().attempt() + 1, 0);
      }
      return Restarts.decide(policy, latest, clock.instant());
    }

    /** The container whose processes an ephemeral container sees. */
    private String target(Placed placed) {
      return Trees.string(placed.container(), "targetContainerName")
          .flatMap(state::latest)
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
