package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
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

  Response delete(Request request) throws IOException {
    Map<String, Object> options = Bodies.optionalObject(request);
    ObjectKey key = calls.key(request);
    Map<String, Object> object = calls.find(key);
    checkPreconditions(key, object, Trees.object(options, "preconditions"));
    Map<String, Object> left = delete(request, key, object, options);
    // A deleted Pod or Namespace is answered with itself, all else with a Status, as upstream does.
    return Response.json(isMarked() ? calls.form(request).one(left) : success(key, object));
  }

  Response deleteCollection(Request request) throws IOException {
    Map<String, Object> body = Bodies.optionalObject(request);
    ListOptions options = ListOptions.of(kind, calls.namespace(request), request);
    ObjectStore.Listing listing = store.list(kind.name(), options.namespace());
    List<Map<String, Object>> deleted =
        listing.objects().stream()
            .filter(options::selects)
            .map(object -> delete(request, ObjectKey.of(object), object, body))
            .toList();
    return Response.json(
        calls
            .form(request)
            .list(deleted, Map.of("resourceVersion", Long.toString(store.version()))));
  }

  private boolean isMarked() {
    return kind.name().equals("Pod") || kind.name().equals("Namespace");
  }

  private Map<String, Object> delete(
      Request request, ObjectKey key, Map<String, Object> object, Map<String, Object> options) {
    boolean dryRun =
        ResourceCalls.isDryRun(request) || Trees.strings(options, "dryRun").contains("All");
    if (kind.name().equals("Namespace")) {
      if (PERMANENT_NAMESPACES.contains(key.name())) {
        throw Failures.forbidden(kind, key.name(), "this namespace may not be deleted");
      }
      return dryRun ? object : mark(key, 0, true);
    }
    if (kind.name().equals("Pod")) {
      long grace = grace(request, object, options);
      if (grace > 0) {
        return dryRun ? object : mark(key, grace, false);
      }
      // Mirrors upstream: without grace the object goes at once and the node ends what runs.
    }
    return dryRun ? object : store.delete(key, Durability.POWER_CUT);
  }

  private static long grace(Request request, Map<String, Object> pod, Map<String, Object> options) {
    return Trees.number(options, "gracePeriodSeconds")
        .or(
            () ->
                request
                    .query("gracePeriodSeconds")
                    .filter(g -> g.matches("\\d{1,9}"))
                    .map(Long::valueOf))
        .orElseGet(
            () ->
                Trees.number(Trees.object(pod, "spec"), "terminationGracePeriodSeconds")
                    .orElse(30L));
  }

  /** Marks an object as going; a second mark can only make it go sooner. */
  private Map<String, Object> mark(ObjectKey key, long grace, boolean terminating) {
    return store.update(
        key,
        Durability.POWER_CUT,
        object -> {
          Map<String, Object> metadata = Trees.objectIn(object, "metadata");
          long earlier =
              Trees.number(metadata, "deletionGracePeriodSeconds").orElse(Long.MAX_VALUE);
          if (grace < earlier) {
            metadata.put(
                "deletionTimestamp",
                clock.instant().plusSeconds(grace).truncatedTo(ChronoUnit.SECONDS).toString());
            metadata.put("deletionGracePeriodSeconds", grace);
          }
          if (terminating) {
            Trees.objectIn(object, "status").put("phase", "Terminating");
          }
          return object;
        });
  }

  private void checkPreconditions(
      ObjectKey key, Map<String, Object> object, Map<String, Object> preconditions) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    for (String field : List.of("uid", "resourceVersion")) {
      Object wanted = preconditions.get(field);
      if (wanted != null && !wanted.equals(metadata.get(field))) {
        throw Failures.conflict(
            kind,
            key.name(),
            "the "
                + field
                + " in the precondition ("
                + wanted
                + ") does not match "
                + metadata.get(field));
      }
    }
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
