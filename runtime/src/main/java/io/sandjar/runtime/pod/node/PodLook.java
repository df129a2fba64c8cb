package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.plan.SandboxPlan;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.volume.PodVolumes;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Brings a pod that shall run towards its spec: volumes, sandbox, and then its containers. */
final class PodLook {
  private static final Duration VOLUME_RETRY = Duration.ofSeconds(2);
  private static final Duration SANDBOX_RETRY = Duration.ofSeconds(5);

  private final PodEngine engine;
  private final PodVolumes volumes;
  private final SandboxPlan sandboxPlan;
  private final UserRanges users;
  private final ContainerRound round;
  private final Termination termination;
  private final PodFailures failures;
  private final EventRecorder events;
  private final InstantSource clock;

  PodLook(
      PodEngine engine,
      PodVolumes volumes,
      SandboxPlan sandboxPlan,
      UserRanges users,
      ContainerRound round,
      Termination termination,
      PodFailures failures,
      EventRecorder events,
      InstantSource clock) {
    this.engine = engine;
    this.volumes = volumes;
    this.sandboxPlan = sandboxPlan;
    this.users = users;
    this.round = round;
    this.termination = termination;
    this.failures = failures;
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
      if (state.newestSandbox().isPresent()) {
        // What outlived its sandbox is to end as it would at any other time.
        termination.endAll(pod, state, PodFailures.grace(pod));
        state = PodState.of(engine, uid);
      }
      if (!needsSandbox(pod, state)) {
        return Optional.empty();
      }
      if (Restarts.Policy.of(pod) == Restarts.Policy.NEVER && state.hasRun()) {
        failures.sandboxLost(pod);
        return Optional.empty();
      }
      try {
        ready = Optional.of(newSandbox(pod, state));
      } catch (IOException | EngineException e) {
        events.warning(
            pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: " + e.getMessage());
        return Optional.of(clock.instant().plus(SANDBOX_RETRY));
      }
    }
    return round.run(withAddresses(pod, ready.get()), ready.get(), worker.memory(), cancellation);
  }

  /** The pod as its containers may read it: the sandbox is newer than the status on record. */
  static Map<String, Object> withAddresses(Map<String, Object> pod, Sandbox sandbox) {
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
    Restarts.Policy policy = Restarts.Policy.of(pod);
    return PodTemplate.containers(pod).stream()
        .filter(placed -> placed.list().equals("containers"))
        .anyMatch(
            placed ->
                state
                    .latest(placed.name())
                    .map(
                        container ->
                            container.state() != Container.State.EXITED
                                || policy.wantsAgain(Restarts.exitCode(container)))
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
}
