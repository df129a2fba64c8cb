package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.Change;
import io.sandjar.runtime.pod.store.Going;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Makes the namespaces that are always there, and empties and removes those that are deleted. */
final class Namespaces {
  private static final List<String> PERMANENT =
      List.of("default", "kube-node-lease", "kube-public", "kube-system");

  private final Schema schema;
  private final ObjectStore store;

  Namespaces(Schema schema, ObjectStore store) {
    this.schema = schema;
    this.store = store;
  }

  void makePermanent() {
    for (String name : PERMANENT) {
      if (store.find(key(name)).isEmpty()) {
        store.create(
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Namespace",
                "metadata",
                Map.of("name", name, "labels", Map.of("kubernetes.io/metadata.name", name)),
                "spec",
                Map.of("finalizers", List.of("kubernetes")),
                "status",
                Map.of("phase", "Active")),
            Durability.DAEMON);
      }
    }
  }

  /** Whether a change can bring a deleted namespace further. */
  static boolean concerns(Change change) {
    return change.key().kind().equals("Namespace") && Going.isMarked(change.object())
        || change.key().kind().equals("Pod") && change.type() == Change.Type.DELETED;
  }

  /** Brings every deleted namespace as far as it can be now. */
  synchronized void collect() {
    for (Map<String, Object> namespace : store.list("Namespace", "").objects()) {
      if (Going.isMarked(namespace)) {
        collect(ObjectKey.of(namespace).name());
      }
    }
  }

  private void collect(String namespace) {
    boolean empty = true;
    for (ObjectType kind : schema.kinds()) {
      if (!kind.resource().orElseThrow().namespaced()) {
        continue;
      }
      for (Map<String, Object> object : store.list(kind.name(), namespace).objects()) {
        empty &= !kind.name().equals("Pod");
        end(kind, ObjectKey.of(object));
      }
    }
    if (empty) {
      store.delete(key(namespace), Durability.POWER_CUT);
    }
  }

  private void end(ObjectType kind, ObjectKey key) {
    try {
      if (kind.name().equals("Pod")) {
        store.update(key, Durability.DAEMON, Namespaces::markGoing);
      } else {
        store.delete(key, Durability.DAEMON);
      }
    } catch (EngineException e) {
      // Somebody else may have deleted it since it was listed.
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }

  private static Map<String, Object> markGoing(Map<String, Object> pod) {
    if (!Going.isMarked(pod)) {
      Going.mark(pod, Going.graceSeconds(pod), Instant.now());
    }
    return pod;
  }

  private static ObjectKey key(String name) {
    return new ObjectKey("Namespace", "", name);
  }
}
