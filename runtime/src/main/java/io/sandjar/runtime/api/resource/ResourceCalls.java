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
import io.sandjar.runtime.pod.store.Going;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** The verbs on one object of a kind: get, create, replace, patch. */
final class ResourceCalls {
  static final String EPHEMERAL = "ephemeralContainers";

  private final Schema schema;
  private final ObjectType kind;
  private final ObjectStore store;
  private final Admission admission;
  private final Patches patches;
  private final FieldOwners owners;
  private final InstantSource clock;
  private final Creations creations;

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
    this.creations = new Creations(kind, store, admission, owners, clock);
  }

  Response get(Request request) {
    return Response.json(form(request).one(find(key(request))));
  }

  Response create(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Map<String, Object> object = read(validation, Bodies.object(schema, kind, request));
    return answer(201, request, creations.create(request, object, false), validation);
  }

  private Response answer(
      int status, Request request, Map<String, Object> object, FieldValidation validation) {
    return Response.json(status, form(request).one(object), validation.warnings());
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
      Map<String, Object> created = creations.create(request, read(validation, applied), true);
      return answer(201, request, created, validation);
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
            owners.note(kind, before, after, WriteOptions.of(request).manager(), "");
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
          kind,
          after,
          List.of(
              Problem.forbidden(
                  "spec." + EPHEMERAL,
                  "may only be changed by the pod's ephemeralcontainers subresource")));
    }
  }

  private Map<String, Object> write(
      Request request, UnaryOperator<Map<String, Object>> change, boolean check) {
    boolean dryRun = WriteOptions.of(request).dryRun();
    ObjectKey key = key(request);
    UnaryOperator<Map<String, Object>> checked =
        before -> {
          Map<String, Object> after = change.apply(before);
          checkVersion(key, before, after);
          keepIdentity(key, before, after);
          if (check) {
            refuse(kind, after, admission.problems(kind, before, after));
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
    if (!isDone(object)) {
      return object;
    }
    try {
      return store.delete(
          key,
          Durability.POWER_CUT,
          now -> {
            Object uid = Trees.object(now, "metadata").get("uid");
            if (!isDone(now) || !uid.equals(Trees.object(object, "metadata").get("uid"))) {
              throw new EngineException(
                  EngineException.Kind.NOT_FOUND, key + " has been removed meanwhile");
            }
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
      return object;
    }
  }

  private boolean isDone(Map<String, Object> object) {
    return Going.isMarked(object)
        && Trees.strings(Trees.object(object, "metadata"), "finalizers").isEmpty()
        && !Deletions.isEndedByTheNode(kind);
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
          owners.note(
              kind,
              before,
              whole,
              WriteOptions.of(request).manager(),
              part.toLowerCase(Locale.ROOT));
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
      refuse(kind, shaped.object(), all);
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

  static void refuse(ObjectType kind, Map<String, Object> object, List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw Failures.invalid(kind, ObjectKey.of(object).name(), problems);
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
}
