package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.patch.FieldOwners;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Makes new objects of one kind: their names, what the server sets, and where they may be. */
final class Creations {
  private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  /** Upstream's bound, so that a generated name can also be a label's value. */
  private static final int LONGEST_GENERATED_PREFIX = 58;

  private final ObjectType kind;
  private final ObjectStore store;
  private final Admission admission;
  private final FieldOwners owners;
  private final InstantSource clock;
  private final Random random = new SecureRandom();

  Creations(
      ObjectType kind,
      ObjectStore store,
      Admission admission,
      FieldOwners owners,
      InstantSource clock) {
    this.kind = kind;
    this.store = store;
    this.admission = admission;
    this.owners = owners;
    this.clock = clock;
  }

  /**
   * Stores a new object.
   *
   * @param shaped as its writer has sent it, in the shape of its kind
   * @param isApplied whether it says itself who set its fields
   */
  Map<String, Object> create(Request request, Map<String, Object> shaped, boolean isApplied) {
    WriteOptions options = WriteOptions.of(request);
    Map<String, Object> object = admission.withDefaults(kind, shaped);
    Map<String, Object> metadata = Trees.objectIn(object, "metadata");
    // What the server sets is the server's alone.
    List.of(
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "generation")
        .forEach(metadata::remove);
    namespaced(request, metadata);
    if (Trees.string(metadata, "name", "").isEmpty() && metadata.containsKey("generateName")) {
      metadata.put("name", generated((String) metadata.get("generateName")));
    }
    if (!kind.name().equals("Node")) {
      object.remove("status");
    }
    var problems = new ArrayList<Problem>();
    if (Trees.string(metadata, "name", "").isEmpty()) {
      problems.add(Problem.required("metadata.name", "name or generateName is required"));
    }
    problems.addAll(admission.problems(kind, object));
    if (!Trees.objects(Trees.object(object, "spec"), ResourceCalls.EPHEMERAL).isEmpty()) {
      problems.add(Problem.forbidden("spec." + ResourceCalls.EPHEMERAL, "cannot be set on create"));
    }
    ResourceCalls.refuse(kind, object, problems);
    ObjectKey key = ObjectKey.of(object);
    requireNamespace(key);
    if (store.find(key).isPresent()) {
      throw Failures.alreadyExists(kind, key.name());
    }
    if (!isApplied) {
      owners.note(kind, Map.of(), object, options.manager(), "");
    }
    initialStatus(object);
    if (options.dryRun()) {
      metadata.put("uid", UUID.randomUUID().toString());
      metadata.put("creationTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
      return object;
    }
    try {
      return store.create(object, Durability.POWER_CUT);
    } catch (EngineException e) {
      throw e.kind() == EngineException.Kind.ALREADY_EXISTS
          ? Failures.alreadyExists(kind, key.name())
          : e;
    }
  }

  private void namespaced(Request request, Map<String, Object> metadata) {
    String namespace = ResourceCalls.namespace(kind, request);
    if (namespace.isEmpty()) {
      metadata.remove("namespace");
      return;
    }
    String written = Trees.string(metadata, "namespace", namespace);
    if (!written.equals(namespace)) {
      throw Failures.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request: "
              + written
              + " is not "
              + namespace);
    }
    metadata.put("namespace", namespace);
  }

  private void requireNamespace(ObjectKey key) {
    if (key.namespace().isEmpty()) {
      return;
    }
    var namespace = store.find(new ObjectKey("Namespace", "", key.namespace()));
    if (namespace.isEmpty()) {
      throw new ApiException(404, "NotFound", "namespaces \"" + key.namespace() + "\" not found");
    }
    if (Trees.object(namespace.get(), "metadata").containsKey("deletionTimestamp")) {
      throw Failures.forbidden(
          kind,
          key.name(),
          "unable to create new content in namespace "
              + key.namespace()
              + " because it is being terminated");
    }
  }

  private void initialStatus(Map<String, Object> object) {
    switch (kind.name()) {
      case "Pod" -> object.put("status", new LinkedHashMap<>(Map.of("phase", "Pending")));
      case "Namespace" -> {
        Trees.objectIn(object, "spec").put("finalizers", List.of("kubernetes"));
        object.put("status", new LinkedHashMap<>(Map.of("phase", "Active")));
      }
      default -> {}
    }
  }

  private String generated(String prefix) {
    var name =
        new StringBuilder(prefix.substring(0, Math.min(prefix.length(), LONGEST_GENERATED_PREFIX)));
    for (int i = 0; i < 5; i++) {
      name.append(NAME_ALPHABET.charAt(random.nextInt(NAME_ALPHABET.length())));
    }
    return name.toString();
  }
}
