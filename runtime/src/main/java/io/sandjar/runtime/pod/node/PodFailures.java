package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/**
 * Fails pods as a whole: past their deadline, evicted, or lost. Their workers end what still runs.
 */
final class PodFailures {
  private static final String PAST_DEADLINE =
      "Pod was active on the node longer than the specified deadline";
  private static final String EVICTED = "Evicted";
  private static final String LOST =
      "Pod sandbox is gone, and restartPolicy Never starts no container a second time";

  /** An evicted pod gives back what it should not have, so it is not waited for. */
  private static final Duration EVICTION_GRACE = Duration.ofSeconds(1);

  private final ObjectStore store;
  private final EventRecorder events;
  private final InstantSource clock;

  PodFailures(ObjectStore store, EventRecorder events, InstantSource clock) {
    this.store = store;
    this.events = events;
    this.clock = clock;
  }

  /** When activeDeadlineSeconds is over. */
  static Optional<Instant> deadline(Map<String, Object> pod) {
    Optional<Long> seconds = Trees.number(Trees.object(pod, "spec"), "activeDeadlineSeconds");
    Optional<String> start = Trees.string(Trees.object(pod, "status"), "startTime");
    return start.flatMap(time -> seconds.map(Instant.parse(time)::plusSeconds));
  }

  void deadlineExceeded(Map<String, Object> pod) {
    fail(pod, "DeadlineExceeded", PAST_DEADLINE);
    events.normal(pod, "DeadlineExceeded", PAST_DEADLINE);
  }

  void evict(Map<String, Object> pod, String why) {
    fail(pod, EVICTED, why);
    events.warning(pod, EVICTED, why);
  }

  /** Its namespaces are gone, and by its restartPolicy nothing of it is started a second time. */
  void sandboxLost(Map<String, Object> pod) {
    fail(pod, "SandboxLost", LOST);
    events.warning(pod, "SandboxLost", LOST);
  }

  /** How long the containers of a pod are given that nobody deletes. */
  static Duration grace(Map<String, Object> pod) {
    return EVICTED.equals(Trees.object(pod, "status").get("reason"))
        ? EVICTION_GRACE
        : Duration.ofSeconds(
            Trees.number(Trees.object(pod, "spec"), "terminationGracePeriodSeconds").orElse(30L));
  }

  private void fail(Map<String, Object> seen, String reason, String message) {
    Object uid = Trees.object(seen, "metadata").get("uid");
    try {
      store.update(
          ObjectKey.of(seen),
          Durability.DAEMON,
          pod -> {
            if (uid.equals(Trees.object(pod, "metadata").get("uid")) && !PodStatus.hasEnded(pod)) {
              Map<String, Object> status = Trees.objectIn(pod, "status");
              status.put("phase", "Failed");
              status.put("reason", reason);
              status.put("message", message);
              if (reason.equals(EVICTED)) {
                addDisruption(status, message);
              }
            }
            return pod;
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }

  /** By which controllers tell an eviction from a failure of the pod itself. */
  private void addDisruption(Map<String, Object> status, String message) {
    var conditions = new ArrayList<>(Trees.objects(status, "conditions"));
    conditions.add(
        PodStatus.condition(
            status, "DisruptionTarget", true, "TerminationByKubelet", message, clock.instant()));
    status.put("conditions", conditions);
  }
}
