package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.patch.FieldOwners;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.ShapeCheck;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** The verbs on one object of a kind: get, create, replace, patch. */
final class ResourceCalls {
  private static final String EPHEMERAL = "ephemeralContainers";
  private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  /** Upstream's bound, so that a generated name can also be a label's value. */
  private static final int LONGEST_GENERATED_PREFIX = 58;

  private final Schema schema;
  private final ObjectType kind;
  private final ObjectStore store;
  private final Admission admission;
  private final Patches patches;
  private final FieldOwners owners;
  private final InstantSource clock;
  private final Random random = new SecureRandom();

  ResourceCalls(
      Schema schema,
      ObjectType kind,
      ObjectStore store,
      Admission admission,
      Patches patches,
      InstantSource clock) {
    this.schema = schema;
    this.kind = kind;
    this.store = store;
    this.admission = admission;
    this.patches = patches;
    this.owners = new FieldOwners(schema, clock);
    this.clock = clock;
  }

  Response get(Request request) {
    return Response.json(form(request).one(find(key(request))));
  }

  Response create(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Map<String, Object> object = read(validation, Bodies.object(schema, kind, request));
    return answer(201, request, create(request, object, false), validation);
  }

  private Response answer(
      int status, Request request, Map<String, Object> object, FieldValidation validation) {
    return Response.json(status, form(request).one(object), validation.warnings());
  }

  private Map<String, Object> create(
      Request request, Map<String, Object> shaped, boolean isApplied) {
    boolean dryRun = isDryRun(request);
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
    if (!Trees.objects(Trees.object(object, "spec"), EPHEMERAL).isEmpty()) {
      problems.add(Problem.forbidden("spec." + EPHEMERAL, "cannot be set on create"));
    }
    refuse(object, problems);
    ObjectKey key = ObjectKey.of(object);
    requireNamespace(key);
    if (store.find(key).isPresent()) {
      throw Failures.alreadyExists(kind, key.name());
    }
    if (!isApplied) {
      owners.note(kind, Map.of(), object, manager(request), "");
    }
    initialStatus(object);
    if (dryRun) {
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

  Response replace(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Map<String, Object> written = read(validation, Bodies.object(schema, kind, request));
    Map<String, Object> replaced =
        change(request, before -> admission.withDefaults(kind, written), false);
    return answer(200, request, replaced, validation);
  }

  Response patch(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Patches.Patch patch = patches.read(kind, request);
    if (patch.isApply() && store.find(key(request)).isEmpty()) {
      Map<String, Object> applied = patch.apply(Map.of());
      requireName(request, applied);
      Trees.objectIn(applied, "metadata").put("name", key(request).name());
      return answer(201, request, create(request, read(validation, applied), true), validation);
    }
    Map<String, Object> patched =
        change(
            request,
            before -> admission.withDefaults(kind, read(validation, patch.apply(before))),
            patch.isApply());
    return answer(200, request, patched, validation);
  }

  /** Changes an object but for its status, which is the node's. */
  private Map<String, Object> change(
      Request request, UnaryOperator<Map<String, Object>> change, boolean isApplied) {
    return write(
        request,
        before -> {
          Map<String, Object> after = change.apply(Trees.copy(before));
          requireName(request, after);
          restore(before, after, "status");
          if (kind.name().equals("Pod")) {
            keepEphemeralContainers(before, after);
          }
          if (!isApplied) {
            owners.note(kind, before, after, manager(request), "");
          }
          return after;
        },
        true);
  }

  /** They have a subresource of their own; who does not know them may leave them out. */
  private void keepEphemeralContainers(Map<String, Object> before, Map<String, Object> after) {
    Map<String, Object> was = Trees.object(before, "spec");
    Map<String, Object> is = Trees.objectIn(after, "spec");
    if (Trees.objects(is, EPHEMERAL).isEmpty()) {
      restore(was, is, EPHEMERAL);
    } else if (!Objects.equals(was.get(EPHEMERAL), is.get(EPHEMERAL))) {
      refuse(
          after,
          List.of(
              Problem.forbidden(
                  "spec." + EPHEMERAL,
                  "may only be changed by the pod's ephemeralcontainers subresource")));
    }
  }

  private Map<String, Object> write(
      Request request, UnaryOperator<Map<String, Object>> change, boolean check) {
    boolean dryRun = isDryRun(request);
    ObjectKey key = key(request);
    UnaryOperator<Map<String, Object>> checked =
        before -> {
          Map<String, Object> after = change.apply(before);
          checkVersion(key, before, after);
          keepIdentity(key, before, after);
          if (check) {
            refuse(after, admission.problems(kind, before, after));
          }
          return after;
        };
    Map<String, Object> before = find(key);
    if (dryRun) {
      return checked.apply(before);
    }
    try {
      return removedIfDone(key, store.update(key, Durability.POWER_CUT, checked));
    } catch (EngineException e) {
      throw e.kind() == EngineException.Kind.NOT_FOUND ? Failures.notFound(kind, key.name()) : e;
    }
  }

  /**
   * An object that was deleted goes with its last finalizer; the node has the last word of some.
   */
  private Map<String, Object> removedIfDone(ObjectKey key, Map<String, Object> object) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    boolean isDone =
        metadata.containsKey("deletionTimestamp")
            && Trees.strings(metadata, "finalizers").isEmpty()
            && !Deletions.isEndedByTheNode(kind);
    return isDone ? store.delete(key, Durability.POWER_CUT) : object;
  }

  /** Replaces or patches one part of an object, such as its status, and leaves the rest. */
  Response changePart(Request request, String owner, String part) throws IOException {
    var validation = new FieldValidation(request);
    UnaryOperator<Map<String, Object>> change;
    if (request.method().equals("PUT")) {
      Map<String, Object> written = read(validation, Bodies.object(schema, kind, request));
      change = before -> written;
    } else {
      Patches.Patch patch = patches.read(kind, request);
      change = before -> read(validation, patch.apply(before));
    }
    UnaryOperator<Map<String, Object>> onlyPart =
        before -> {
          Map<String, Object> written = change.apply(Trees.copy(before));
          requireName(request, written);
          Map<String, Object> after = Trees.copy(before);
          if (owner.isEmpty()) {
            restore(written, after, part);
          } else {
            restore(Trees.object(written, owner), Trees.objectIn(after, owner), part);
          }
          Map<String, Object> metadata = Trees.object(written, "metadata");
          restore(metadata, Trees.objectIn(after, "metadata"), "resourceVersion");
          Map<String, Object> whole = admission.withDefaults(kind, after);
          owners.note(kind, before, whole, manager(request), part.toLowerCase(Locale.ROOT));
          return whole;
        };
    return answer(200, request, write(request, onlyPart, !owner.isEmpty()), validation);
  }

  private static void restore(Map<String, Object> from, Map<String, Object> to, String field) {
    if (from.containsKey(field)) {
      to.put(field, from.get(field));
    } else {
      to.remove(field);
    }
  }

  /** The object of a key, or the API server's own refusal. */
  Map<String, Object> find(ObjectKey key) {
    return store.find(key).orElseThrow(() -> Failures.notFound(kind, key.name()));
  }

  ObjectKey key(Request request) {
    return new ObjectKey(kind.name(), namespace(kind, request), request.param("name"));
  }

  /** The namespace of the path; empty where the kind has none or all are meant. */
  static String namespace(ObjectType kind, Request request) {
    return kind.resource().orElseThrow().namespaced() && request.hasParam("namespace")
        ? request.param("namespace")
        : "";
  }

  Representation form(Request request) {
    return Representation.wanted(kind, request, clock);
  }

  static boolean isDryRun(Request request) {
    return isDryRun("UpdateOptions", request.queries("dryRun"));
  }

  /** A word that is not understood must not make a rehearsal the real thing. */
  static boolean isDryRun(String options, List<String> words) {
    for (String word : words) {
      if (!word.equals("All")) {
        throw Failures.invalidOptions(
            options, List.of(Problem.notSupported("dryRun", word, List.of("All"))));
      }
    }
    return !words.isEmpty();
  }

  /** Who writes: as the request says, or else the program that sends it. */
  private static String manager(Request request) {
    return request
        .query("fieldManager")
        .filter(name -> !name.isEmpty())
        .orElseGet(() -> request.header("user-agent").orElse("unknown").split("/")[0]);
  }

  private static void requireName(Request request, Map<String, Object> object) {
    String name = Trees.string(Trees.object(object, "metadata"), "name", "");
    if (!name.isEmpty() && !name.equals(request.param("name"))) {
      throw Failures.badRequest(
          "the name of the object ("
              + name
              + ") does not match the name on the URL ("
              + request.param("name")
              + ")");
    }
  }

  private Map<String, Object> read(FieldValidation validation, Map<String, Object> tree) {
    requireKind(tree);
    ShapeCheck.Shaped shaped = admission.read(kind, tree);
    List<Problem> refused = validation.refused(shaped.problems());
    if (!refused.isEmpty()) {
      // With all else that is wrong: nobody wants to mend one thing to be told the next.
      var all = new ArrayList<>(refused);
      all.addAll(admission.problems(kind, admission.withDefaults(kind, shaped.object())));
      refuse(shaped.object(), all);
    }
    return shaped.object();
  }

  private void requireKind(Map<String, Object> tree) {
    String written = Trees.string(tree, "kind", kind.name());
    String version = Trees.string(tree, "apiVersion", "v1");
    if (!written.equals(kind.name()) || !version.equals("v1")) {
      throw Failures.badRequest(
          "the object is a "
              + version
              + " "
              + written
              + ", but the request is for a v1 "
              + kind.name());
    }
  }

  private void refuse(Map<String, Object> object, List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw Failures.invalid(kind, ObjectKey.of(object).name(), problems);
    }
  }

  private void namespaced(Request request, Map<String, Object> metadata) {
    String namespace = namespace(kind, request);
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
      throw new io.sandjar.runtime.api.ApiException(
          404, "NotFound", "namespaces \"" + key.namespace() + "\" not found");
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

  private void checkVersion(ObjectKey key, Map<String, Object> before, Map<String, Object> after) {
    String written = Trees.string(Trees.object(after, "metadata"), "resourceVersion", "");
    if (!written.isEmpty() && !written.equals(Long.toString(ObjectStore.version(before)))) {
      throw Failures.conflict(
          kind,
          key.name(),
          "the object has been modified; please apply your changes to the latest version and try"
              + " again");
    }
  }

  private void keepIdentity(ObjectKey key, Map<String, Object> before, Map<String, Object> after) {
    Map<String, Object> was = Trees.object(before, "metadata");
    Map<String, Object> is = Trees.objectIn(after, "metadata");
    Object uid = is.getOrDefault("uid", was.get("uid"));
    if (!uid.equals(was.get("uid"))) {
      throw Failures.conflict(
          kind,
          key.name(),
          "Precondition failed: UID in precondition: "
              + uid
              + ", UID in object meta: "
              + was.get("uid"));
    }
    for (String field : List.of("name", "namespace")) {
      is.putIfAbsent(field, was.getOrDefault(field, ""));
      if ("".equals(is.get(field))) {
        is.remove(field);
      }
    }
    for (String field :
        List.of(
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "resourceVersion")) {
      restore(was, is, field);
    }
    is.putIfAbsent("uid", was.get("uid"));
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
