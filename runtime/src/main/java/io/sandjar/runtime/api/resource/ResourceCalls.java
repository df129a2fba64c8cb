package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** The verbs on one kind: get, list, watch, create, replace, patch. */
final class ResourceCalls {
  private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private final Schema schema;
  private final ObjectType kind;
  private final ObjectStore store;
  private final Admission admission;
  private final Patches patches;
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
    this.clock = clock;
  }

  Response get(Request request) {
    return Response.json(form(request).one(find(key(request))));
  }

  Response list(Request request) {
    ListOptions options = ListOptions.of(kind, namespace(request), request);
    if (request.flag("watch")) {
      var stream = new WatchStream(kind, store, options, form(request));
      var watch = stream.open();
      request.onDisconnect(watch::close);
      return Response.stream(
          "application/json",
          out -> {
            try (watch) {
              stream.write(watch, out);
            }
          });
    }
    ObjectStore.Listing listing = store.list(kind.name(), options.namespace());
    List<Map<String, Object>> selected =
        listing.objects().stream().filter(options::selects).toList();
    return Response.json(page(request, options, listing.version(), selected));
  }

  /** A page of a list; its token names the last object, so that pages stay right over changes. */
  private Map<String, Object> page(
      Request request, ListOptions options, long version, List<Map<String, Object>> selected) {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("resourceVersion", Long.toString(version));
    List<Map<String, Object>> rest =
        options
            .continueToken()
            .map(
                last ->
                    selected.stream().filter(object -> place(object).compareTo(last) > 0).toList())
            .orElse(selected);
    if (options.limit() > 0 && rest.size() > options.limit()) {
      List<Map<String, Object>> page = rest.subList(0, options.limit());
      metadata.put("continue", place(page.get(page.size() - 1)));
      metadata.put("remainingItemCount", (long) rest.size() - page.size());
      rest = page;
    }
    return form(request).list(rest, metadata);
  }

  private static String place(Map<String, Object> object) {
    ObjectKey key = ObjectKey.of(object);
    return key.namespace() + "/" + key.name();
  }

  Response create(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Map<String, Object> object = read(validation, Bodies.object(schema, kind, request));
    return answer(201, request, create(request, object), validation);
  }

  private Response answer(
      int status, Request request, Map<String, Object> object, FieldValidation validation) {
    return Response.json(status, form(request).one(object), validation.warnings());
  }

  private Map<String, Object> create(Request request, Map<String, Object> shaped) {
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
      metadata.put("name", metadata.get("generateName") + suffix());
    }
    var problems = new ArrayList<Problem>();
    if (Trees.string(metadata, "name", "").isEmpty()) {
      problems.add(Problem.required("metadata.name", "name or generateName is required"));
    }
    problems.addAll(admission.problems(kind, object));
    refuse(object, problems);
    ObjectKey key = ObjectKey.of(object);
    requireNamespace(key);
    if (store.find(key).isPresent()) {
      throw Failures.alreadyExists(kind, key.name());
    }
    initialStatus(object);
    if (isDryRun(request)) {
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
    Map<String, Object> replaced = change(request, before -> admission.withDefaults(kind, written));
    return answer(200, request, replaced, validation);
  }

  Response patch(Request request) throws IOException {
    var validation = new FieldValidation(request);
    Patches.Patch patch = patches.read(kind, request);
    if (patch.creates() && store.find(key(request)).isEmpty()) {
      Map<String, Object> applied = patch.apply(Map.of());
      Trees.objectIn(applied, "metadata").put("name", key(request).name());
      return answer(201, request, create(request, read(validation, applied)), validation);
    }
    Map<String, Object> patched =
        change(
            request, before -> admission.withDefaults(kind, read(validation, patch.apply(before))));
    return answer(200, request, patched, validation);
  }

  /** Changes an object but for its status, which is the node's. */
  private Map<String, Object> change(Request request, UnaryOperator<Map<String, Object>> change) {
    return change(
        request,
        before -> {
          Map<String, Object> after = change.apply(before);
          restore(before, after, "status");
          if (kind.name().equals("Pod")) {
            Map<String, Object> spec = Trees.objectIn(after, "spec");
            restore(Trees.object(before, "spec"), spec, "ephemeralContainers");
          }
          return after;
        },
        true);
  }

  private Map<String, Object> change(
      Request request, UnaryOperator<Map<String, Object>> change, boolean check) {
    ObjectKey key = key(request);
    UnaryOperator<Map<String, Object>> checked =
        before -> {
          Map<String, Object> after = change.apply(Trees.copy(before));
          checkVersion(key, before, after);
          keepIdentity(before, after);
          if (check) {
            refuse(after, admission.problems(kind, before, after));
          }
          return after;
        };
    Map<String, Object> before = find(key);
    if (isDryRun(request)) {
      return checked.apply(before);
    }
    try {
      return store.update(key, Durability.POWER_CUT, checked);
    } catch (EngineException e) {
      throw e.kind() == EngineException.Kind.NOT_FOUND ? Failures.notFound(kind, key.name()) : e;
    }
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
          Map<String, Object> written = change.apply(before);
          Map<String, Object> after = Trees.copy(before);
          if (owner.isEmpty()) {
            restore(written, after, part);
          } else {
            restore(Trees.object(written, owner), Trees.objectIn(after, owner), part);
          }
          Map<String, Object> metadata = Trees.object(written, "metadata");
          restore(metadata, Trees.objectIn(after, "metadata"), "resourceVersion");
          return admission.withDefaults(kind, after);
        };
    return answer(200, request, change(request, onlyPart, !owner.isEmpty()), validation);
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
    return new ObjectKey(kind.name(), namespace(request), request.param("name"));
  }

  /** The namespace of the path; empty where the kind has none or all are meant. */
  String namespace(Request request) {
    return kind.resource().orElseThrow().namespaced() && request.hasParam("namespace")
        ? request.param("namespace")
        : "";
  }

  Representation form(Request request) {
    return Representation.wanted(kind, request, clock);
  }

  static boolean isDryRun(Request request) {
    return request.queries("dryRun").contains("All");
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
    String namespace = namespace(request);
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
      case "Namespace" -> object.put("status", new LinkedHashMap<>(Map.of("phase", "Active")));
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

  private static void keepIdentity(Map<String, Object> before, Map<String, Object> after) {
    Map<String, Object> was = Trees.object(before, "metadata");
    Map<String, Object> is = Trees.objectIn(after, "metadata");
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

  private String suffix() {
    var suffix = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      suffix.append(NAME_ALPHABET.charAt(random.nextInt(NAME_ALPHABET.length())));
    }
    return suffix.toString();
  }
}
