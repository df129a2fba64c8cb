package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Going;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The delete verbs of one kind. A pod and a namespace are only marked: the node ends the pod, or
 * empties the namespace, and then removes the object. All else is removed at once.
 */
final class Deletions {
  private static final Set<String> PERMANENT_NAMESPACES =
      Set.of("default", "kube-system", "kube-public", "kube-node-lease");

  private final ObjectType kind;
  private final ObjectStore store;
  private final ResourceCalls calls;
  private final InstantSource clock;

  Deletions(ObjectType kind, ObjectStore store, ResourceCalls calls, InstantSource clock) {
    this.kind = kind;
    this.store = store;
    this.calls = calls;
    this.clock = clock;
  }

  /** Whether the node removes the object, once it has ended what belongs to it. */
  static boolean isEndedByTheNode(ObjectType kind) {
    return kind.name().equals("Pod") || kind.name().equals("Namespace");
  }

  /** Namespaces are deleted one by one, as upstream. */
  static boolean hasCollection(ObjectType kind) {
    return !kind.name().equals("Namespace");
  }

  Response delete(Request request) throws IOException {
    DeleteOptions options = DeleteOptions.of(request);
    ObjectKey key = calls.key(request);
    try {
      Deleted deleted = delete(key, calls.find(key), options);
      // A Pod or Namespace is answered with itself, and so is what its finalizers still keep; all
      // else with a Status, as upstream does.
      return Response.json(
          deleted.isThere() || isEndedByTheNode(kind)
              ? calls.form(request).one(deleted.object())
              : success(key, deleted.object()));
    } catch (EngineException e) {
      throw e.kind() == EngineException.Kind.NOT_FOUND ? Failures.notFound(kind, key.name()) : e;
    }
  }

  Response deleteCollection(Request request) throws IOException {
    DeleteOptions options = DeleteOptions.of(request);
    ListOptions wanted = ListOptions.of(kind, ResourceCalls.namespace(kind, request), request);
    var deleted = new ArrayList<Map<String, Object>>();
    for (Map<String, Object> object : store.list(kind.name(), wanted.namespace()).objects()) {
      if (wanted.selects(object)) {
        try {
          deleted.add(delete(ObjectKey.of(object), object, options).object());
        } catch (EngineException e) {
          if (e.kind() != EngineException.Kind.NOT_FOUND) {
            throw e;
          }
          // Somebody else has deleted it since it was listed.
        }
      }
    }
    return Response.json(
        calls
            .form(request)
            .list(deleted, Map.of("resourceVersion", Long.toString(store.version()))));
  }

  /**
   * What has become of an object.
   *
   * @param isThere whether it is still there, marked as going
   */
  private record Deleted(Map<String, Object> object, boolean isThere) {}

  private Deleted delete(ObjectKey key, Map<String, Object> object, DeleteOptions options) {
    if (kind.name().equals("Namespace") && PERMANENT_NAMESPACES.contains(key.name())) {
      throw Failures.forbidden(kind, key.name(), "this namespace may not be deleted");
    }
    // Mirrors upstream: without grace a pod goes at once and the node ends what runs.
    long grace =
        kind.name().equals("Pod")
            ? options.graceSeconds().orElseGet(() -> Going.graceSeconds(object))
            : 0;
    boolean isMarked =
        grace > 0
            || kind.name().equals("Namespace")
            || !Trees.strings(Trees.object(object, "metadata"), "finalizers").isEmpty();
    if (options.dryRun()) {
      options.check(kind, key.name(), object);
      return new Deleted(object, isMarked);
    }
    if (!isMarked) {
      try {
        return new Deleted(
            store.delete(key, Durability.POWER_CUT, now -> checkFree(key, now, options)), false);
      } catch (EngineException held) {
        if (held.kind() != EngineException.Kind.FAILED_PRECONDITION) {
          throw held;
        }
      }
    }
    return new Deleted(mark(key, grace, options), true);
  }

  private void checkFree(ObjectKey key, Map<String, Object> now, DeleteOptions options) {
    options.check(kind, key.name(), now);
    if (!Trees.strings(Trees.object(now, "metadata"), "finalizers").isEmpty()) {
      throw new EngineException(
          EngineException.Kind.FAILED_PRECONDITION, key + " has got a finalizer meanwhile");
    }
  }

  private Map<String, Object> mark(ObjectKey key, long grace, DeleteOptions options) {
    return store.update(
        key,
        Durability.POWER_CUT,
        object -> {
          options.check(kind, key.name(), object);
          Going.mark(object, grace, clock.instant());
          if (kind.name().equals("Namespace")) {
            Trees.objectIn(object, "status").put("phase", "Terminating");
          }
          return object;
        });
  }

  private Map<String, Object> success(ObjectKey key, Map<String, Object> object) {
    var details = new LinkedHashMap<String, Object>();
    details.put("name", key.name());
    details.put("kind", kind.resource().orElseThrow().plural());
    details.put("uid", Trees.object(object, "metadata").get("uid"));
    var status = new LinkedHashMap<String, Object>();
    status.put("kind", "Status");
    status.put("apiVersion", "v1");
    status.put("metadata", Map.of());
    status.put("status", "Success");
    status.put("details", details);
    return status;
  }
}
