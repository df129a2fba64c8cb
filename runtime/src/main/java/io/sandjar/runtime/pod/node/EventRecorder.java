package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Writes Events about pods; the same event again only counts up. Their names carry the time of the
 * first, as Kubernetes' do: a list of one pod's events is in the order in which they happened.
 */
final class EventRecorder {
  private static final Duration KEPT = Duration.ofHours(1);
  private static final String COMPONENT = "sandjar";

  private final ObjectStore store;
  private final String nodeName;
  private final InstantSource clock;
  private final Map<Sameness, ObjectKey> known = new ConcurrentHashMap<>();
  private final AtomicLong lastName = new AtomicLong();

  /** What makes two events the same. */
  private record Sameness(
      String uid, String fieldPath, String type, String reason, String message) {
    static Sameness of(Map<String, Object> event) {
      Map<String, Object> involved = Trees.object(event, "involvedObject");
      return new Sameness(
          Trees.string(involved, "uid", ""),
          Trees.string(involved, "fieldPath", ""),
          Trees.string(event, "type", ""),
          Trees.string(event, "reason", ""),
          Trees.string(event, "message", ""));
    }
  }

  EventRecorder(ObjectStore store, String nodeName, InstantSource clock) {
    this.store = store;
    this.nodeName = nodeName;
    this.clock = clock;
    for (Map<String, Object> event : store.list("Event", "").objects()) {
      known.put(Sameness.of(event), ObjectKey.of(event));
    }
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

  private synchronized void record(
      Map<String, Object> object, String fieldPath, String type, String reason, String message) {
    String uid = Trees.string(Trees.object(object, "metadata"), "uid", "");
    var same = new Sameness(uid, fieldPath, type, reason, message);
    ObjectKey counted = known.get(same);
    if (counted != null && countsUp(counted)) {
      return;
    }
    ObjectKey about = ObjectKey.of(object);
    ObjectKey key = named(about);
    store.create(event(key, object, about, same), Durability.DAEMON);
    known.put(same, key);
  }

  /** False for an event that somebody has deleted. */
  private boolean countsUp(ObjectKey key) {
    try {
      store.update(
          key,
          Durability.DAEMON,
          event -> {
            event.put("count", Trees.number(event, "count").orElse(1L) + 1);
            event.put("lastTimestamp", now().toString());
            return event;
          });
      return true;
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private ObjectKey named(ObjectKey about) {
    String namespace = about.namespace().isEmpty() ? "default" : about.namespace();
    String prefix = about.name().length() > 200 ? about.name().substring(0, 200) : about.name();
    Instant now = clock.instant();
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    long unique = lastName.updateAndGet(last -> Math.max(last + 1, nanos));
    return new ObjectKey("Event", namespace, prefix + "." + Long.toHexString(unique));
  }

  private Map<String, Object> event(
      ObjectKey key, Map<String, Object> object, ObjectKey about, Sameness what) {
    String now = now().toString();
    var involved = new LinkedHashMap<String, Object>();
    involved.put("kind", about.kind());
    involved.put("apiVersion", "v1");
    involved.put("name", about.name());
    if (!about.namespace().isEmpty()) {
      involved.put("namespace", about.namespace());
    }
    involved.put("uid", what.uid());
    involved.put(
        "resourceVersion", Trees.string(Trees.object(object, "metadata"), "resourceVersion", ""));
    if (!what.fieldPath().isEmpty()) {
      involved.put("fieldPath", what.fieldPath());
    }
    var event = new LinkedHashMap<String, Object>();
    event.put("apiVersion", "v1");
    event.put("kind", "Event");
    event.put(
        "metadata", new LinkedHashMap<>(Map.of("name", key.name(), "namespace", key.namespace())));
    event.put("involvedObject", involved);
    event.put("reason", what.reason());
    event.put("message", what.message());
    event.put("type", what.type());
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
      if (lastSeen(event).filter(last -> last.isBefore(oldest)).isPresent()) {
        forget(ObjectKey.of(event));
      }
    }
    known.values().removeIf(key -> store.find(key).isEmpty());
  }

  /** Others write events, too, and what times they like. */
  private static Optional<Instant> lastSeen(Map<String, Object> event) {
    return Stream.of(
            Trees.string(event, "lastTimestamp"),
            Trees.string(event, "eventTime"),
            Trees.string(Trees.object(event, "metadata"), "creationTimestamp"))
        .flatMap(Optional::stream)
        .flatMap(text -> parsed(text).stream())
        .findFirst();
  }

  private static Optional<Instant> parsed(String time) {
    try {
      return Optional.of(Instant.parse(time));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private void forget(ObjectKey event) {
    try {
      store.delete(event, Durability.DAEMON);
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
