package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Binds pods to the node, one after the other, if they fit. */
final class Binding {
  private final ObjectStore store;
  private final NodeObject node;
  private final EventRecorder events;
  private final InstantSource clock;

  Binding(ObjectStore store, NodeObject node, EventRecorder events, InstantSource clock) {
    this.store = store;
    this.node = node;
    this.events = events;
    this.clock = clock;
  }

  /** Whether the pod is bound to this node; one that is not is bound now, if it fits. */
  boolean isBound(Map<String, Object> pod) {
    String bound = Trees.string(Trees.object(pod, "spec"), "nodeName", "");
    if (!bound.isEmpty()) {
      return bound.equals(node.name());
    }
    bind(pod);
    // The change of the object wakes the worker again.
    return false;
  }

  private synchronized void bind(Map<String, Object> pod) {
    Optional<String> obstacle = Scheduler.obstacle(pod, node.get(), others(pod));
    ObjectKey key = ObjectKey.of(pod);
    store.update(
        key,
        Durability.DAEMON,
        // A new one of the same name is judged by itself.
        object ->
            PodState.uid(object).equals(PodState.uid(pod)) ? scheduled(object, obstacle) : object);
    if (obstacle.isPresent()) {
      events.warning(pod, "FailedScheduling", obstacle.get());
    } else {
      events.normal(
          pod,
          "Scheduled",
          "Successfully assigned " + key.namespace() + "/" + key.name() + " to " + node.name());
    }
  }

  /** The pods that are on the node and have not ended. */
  private List<Map<String, Object>> others(Map<String, Object> pod) {
    return store.list("Pod", "").objects().stream()
        .filter(other -> !ObjectKey.of(other).equals(ObjectKey.of(pod)))
        .filter(other -> node.name().equals(Trees.object(other, "spec").get("nodeName")))
        .filter(other -> !PodStatus.hasEnded(other))
        .toList();
  }

  private Map<String, Object> scheduled(Map<String, Object> pod, Optional<String> obstacle) {
    if (obstacle.isEmpty()) {
      Trees.objectIn(pod, "spec").put("nodeName", node.name());
      return pod;
    }
    Map<String, Object> status = Trees.objectIn(pod, "status");
    status.put("phase", "Pending");
    status.put(
        "conditions",
        List.of(
            PodStatus.condition(
                status, "PodScheduled", false, "Unschedulable", obstacle.get(), clock.instant())));
    return pod;
  }
}
