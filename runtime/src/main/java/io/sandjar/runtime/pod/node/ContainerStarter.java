package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogFiles;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.plan.ContainerPlan;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Starts one container of a pod: its image, its plan, the engine, the postStart hook. */
final class ContainerStarter {
  private static final Duration CONFIG_RETRY = Duration.ofSeconds(2);
  private static final Duration START_RETRY = Duration.ofSeconds(10);

  private final PodEngine engine;
  private final ImagePulls pulls;
  private final ContainerPlan plan;
  private final LifecycleHooks hooks;
  private final EventRecorder events;
  private final InstantSource clock;

  ContainerStarter(
      PodEngine engine,
      ImagePulls pulls,
      ContainerPlan plan,
      LifecycleHooks hooks,
      EventRecorder events,
      InstantSource clock) {
    this.engine = engine;
    this.pulls = pulls;
    this.plan = plan;
    this.hooks = hooks;
    this.events = events;
    this.clock = clock;
  }

  /**
   * Starts the container, or says why it waits.
   *
   * @return when to look again; empty where it runs
   */
  Optional<Instant> start(
      Map<String, Object> pod,
      Placed placed,
      Sandbox sandbox,
      Restarts.Decision.Start how,
      String targetId,
      PodMemory memory,
      Cancellation cancellation) {
    ImagePulls.Outcome outcome = pulls.bring(pod, placed, cancellation);
    if (outcome instanceof ImagePulls.Outcome.Missing missing) {
      memory.waits(placed.name(), missing.waiting());
      return Optional.of(missing.retryAt());
    }
    Image image = ((ImagePulls.Outcome.Here) outcome).image();
    String id;
    try {
      refuseRoot(pod, placed, image);
      var occasion =
          new ContainerPlan.Occasion(
              image.id().toString(),
              how.attempt(),
              how.heldBackSeconds(),
              targetId,
              sandbox.ips(),
              sandbox.spec().namespaces().user());
      ContainerSpec spec = plan.of(pod, placed, occasion);
      id = engine.containers().create(sandbox.id(), spec).id();
      event(pod, placed, "Normal", "Created", "Created container: " + placed.name());
    } catch (ConfigErrorException e) {
      return waits(pod, placed, memory, "CreateContainerConfigError", e.getMessage(), CONFIG_RETRY);
    } catch (IOException | EngineException e) {
      return waits(
          pod, placed, memory, "CreateContainerError", String.valueOf(e.getMessage()), START_RETRY);
    }
    try {
      engine.containers().start(id);
    } catch (IOException | EngineException e) {
      // The engine keeps the container as ended with this reason; it is restarted like any other.
      memory.waitsNoMore(placed.name());
      event(pod, placed, "Warning", "Failed", "Error: " + e.getMessage());
      return Optional.of(clock.instant());
    }
    memory.waitsNoMore(placed.name());
    event(pod, placed, "Normal", "Started", "Started container " + placed.name());
    if (!hooks.afterStart(pod, placed, id, sandbox, cancellation)) {
      memory.failed(id, Failure.POST_START_HOOK);
      return Optional.of(clock.instant());
    }
    return Optional.empty();
  }

  private Optional<Instant> waits(
      Map<String, Object> pod,
      Placed placed,
      PodMemory memory,
      String reason,
      String message,
      Duration retry) {
    memory.waits(placed.name(), new Waiting(reason, message));
    event(pod, placed, "Warning", "Failed", "Error: " + message);
    return Optional.of(clock.instant().plus(retry));
  }

  /** runAsNonRoot, where neither the pod nor the image names another user. */
  private static void refuseRoot(Map<String, Object> pod, Placed placed, Image image)
      throws ConfigErrorException {
    Map<String, Object> ofPod = Trees.object(pod, "spec", "securityContext");
    Map<String, Object> own = Trees.object(placed.container(), "securityContext");
    Object wanted = own.getOrDefault("runAsNonRoot", ofPod.get("runAsNonRoot"));
    if (!Boolean.TRUE.equals(wanted)) {
      return;
    }
    Object user = own.getOrDefault("runAsUser", ofPod.get("runAsUser"));
    if (user != null) {
      if (Long.valueOf(0).equals(user)) {
        throw new ConfigErrorException("container's runAsUser breaks non-root policy");
      }
      return;
    }
    String ofImage = image.config().user().split(":")[0];
    if (ofImage.isEmpty() || ofImage.equals("0") || ofImage.equals("root")) {
      throw new ConfigErrorException(
          "container has runAsNonRoot and image will run as root (set runAsUser)");
    }
    if (!ofImage.matches("\\d+")) {
      throw new ConfigErrorException(
          "container has runAsNonRoot and image has non-numeric user ("
              + ofImage
              + "), cannot verify user is non-root (set runAsUser)");
    }
  }

  /** Removes what is older than the attempt before the newest, of which the log is asked for. */
  void removeOld(PodState state, String name, PodMemory memory) throws IOException {
    for (Container old : state.attempts(name).stream().skip(2).toList()) {
      engine.containers().remove(old.id());
      new LogFiles(Path.of(old.record().logFile())).delete();
      memory.forget(old.id());
    }
  }

  private void event(
      Map<String, Object> pod, Placed placed, String type, String reason, String message) {
    events.ofContainer(pod, placed.list(), placed.name(), type, reason, message);
  }
}
