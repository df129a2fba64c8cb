package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes Events about pods; the same event again only counts up. */
final class EventRecorder {
  private static final Duration KEPT = Duration.ofHours(1);
  private static final String COMPONENT = "sandjar";

  private final ObjectStore store;
  private final String nodeName;
  private final InstantSource clock;

  EventRecorder(ObjectStore store, String nodeName, InstantSource clock) {
    this.store = store;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  void normal(Map<String, Object> object, String reason, String message) {
    record(object, "", "Normal", reason, message);
  }

  void warning(Map<String, Object> object, String reason, String message) {
    record(object, "", "Warning", reason, message);
  }

  /** About a container: {@code list} is the spec's list that holds it. */
  void ofContainer(
      Map<String, Object> pod,
      String list,
      String container,
      String type,
      String reason,
      String message) {
    record(pod, "spec." + list + "{" + container + "}", type, reason, message);
  }

  private void record(
      Map<String, Object> object, String fieldPath, String type, String reason, String message) {
    ObjectKey about = ObjectKey.of(object);
    String namespace = about.namespace().isEmpty() ? "default" : about.namespace();
    String uid = Trees.string(Trees.object(object, "metadata"), "uid", "");
    // The name is made of what makes two events the same.
    int sameness = (uid + fieldPath + type + reason + message).hashCode();
    String prefix = about.name().length() > 200 ? about.name().substring(0, 200) : about.name();
    var key =
        new ObjectKey(
            "Event", namespace, String.format("%s.%08x%08x", prefix, uid.hashCode(), sameness));
    String now = now().toString();
    try {
      Optional<Map<String, Object>> before = store.find(key);
      if (before.isPresent()) {
        store.update(
            key,
            Durability.DAEMON,
            event -> {
              event.put("count", Trees.number(event, "count").orElse(1L) + 1);
              event.put("lastTimestamp", now);
              return event;
            });
      } else {
        store.create(
            event(key, object, about, uid, fieldPath, type, reason, message, now),
            Durability.DAEMON);
      }
    } catch (EngineException e) {
      // The namespace's removal may take the event away between the look and the write.
      if (e.kind() != EngineException.Kind.NOT_FOUND
          && e.kind() != EngineException.Kind.ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  private Map<String, Object> event(
      ObjectKey key,
      Map<String, Object> object,
      ObjectKey about,
      String uid,
      String fieldPath,
      String type,
      String reason,
      String message,
      String now) {
    var involved = new LinkedHashMap<String, Object>();
    involved.put("kind", about.kind());
    involved.put("apiVersion", "v1");
    involved.put("name", about.name());
    if (!about.namespace().isEmpty()) {
      involved.put("namespace", about.namespace());
    }
    involved.put("uid", uid);
    involved.put(
        "resourceVersion", Trees.string(Trees.object(object, "metadata"), "resourceVersion", ""));
    if (!fieldPath.isEmpty()) {
      involved.put("fieldPath", fieldPath);
    }
    var event = new LinkedHashMap<String, Object>();
    event.put("apiVersion", "v1");
    event.put("kind", "Event");
    event.put(
        "metadata", new LinkedHashMap<>(Map.of("name", key.name(), "namespace", key.namespace())));
    event.put("involvedObject", involved);
    event.put("reason", reason);
    event.put("message", message);
    event.put("type", type);
    event.put("count", 1L);
    event.put("firstTimestamp", now);
    event.put("lastTimestamp", now);
    event.put("source", Map.of("component", COMPONENT, "host", nodeName));
    event.put("reportingComponent", COMPONENT);
    event.put("reportingInstance", nodeName);
    return event;
  }

  /** Removes the events that nobody will look for any more. */
  void forgetOld() {
    Instant oldest = now().minus(KEPT);
    List<Map<String, Object>> events = store.list("Event", "").objects();
    for (Map<String, Object> event : events) {
      String last = Trees.string(event, "lastTimestamp", "");
      if (!last.isEmpty() && Instant.parse(last).isBefore(oldest)) {
        store.delete(ObjectKey.of(event), Durability.DAEMON);
      }
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
