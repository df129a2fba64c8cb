package io.sandjar.runtime.api.patch;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Server-side apply: a manager says the fields that it wants, the server merges them, removes those
 * that it wanted before and does not want any more, and refuses to change what another manager
 * wants differently. Who wants what is kept in metadata.managedFields, in the API machinery's
 * {@code fieldsV1} form.
 */
public final class ServerSideApply {
  private static final List<String> NOT_OWNED = List.of("apiVersion", "kind");
  private static final List<String> METADATA_NOT_OWNED =
      List.of("name", "namespace", "managedFields", "resourceVersion", "uid", "creationTimestamp");

  private final Schema schema;
  private final StrategicMergePatch merge;

  public ServerSideApply(Schema schema) {
    this.schema = schema;
    this.merge = new StrategicMergePatch(schema);
  }

  public Map<String, Object> apply(
      ObjectType kind,
      Map<String, Object> object,
      Map<String, Object> configuration,
      String manager,
      boolean force) {
    Map<String, Object> wanted = Trees.copy(configuration);
    Trees.objectIn(wanted, "metadata").remove("managedFields");
    Map<String, Object> fields = owned(Optional.of(kind), wanted);
    NOT_OWNED.forEach(name -> fields.remove("f:" + name));
    Map<String, Object> metadataFields = Trees.object(fields, "f:metadata");
    METADATA_NOT_OWNED.forEach(name -> metadataFields.remove("f:" + name));

    Map<String, Map<String, Object>> managers = managers(object);
    var conflicts = new ArrayList<String>();
    managers.forEach(
        (other, theirs) -> {
          if (!other.equals(manager)) {
            conflicts(theirs, fields, object, wanted, "", other, conflicts);
          }
        });
    if (!conflicts.isEmpty() && !force) {
      throw new ApiException(
          409,
          "Conflict",
          "Apply failed with "
              + conflicts.size()
              + " conflict(s): "
              + String.join("; ", conflicts)
              + " (force=true takes the fields over)");
    }
    Map<String, Object> result = merge.apply(kind, object, wanted);
    Map<String, Object> before = managers.getOrDefault(manager, Map.of());
    removeGone(before, fields, managers, manager, result, List.of());
    managers.put(manager, fields);
    Trees.objectIn(result, "metadata").put("managedFields", written(managers));
    return result;
  }

  /** The set of fields that a tree sets, as fieldsV1 writes it. */
  private Map<String, Object> owned(Optional<ObjectType> type, Map<String, Object> tree) {
    var fields = new LinkedHashMap<String, Object>();
    tree.forEach(
        (name, value) -> {
          Optional<Field> field = type.flatMap(known -> known.field(name));
          fields.put("f:" + name, owned(field, value));
        });
    return fields;
  }

  private Map<String, Object> owned(Optional<Field> field, Object value) {
    if (value instanceof Map<?, ?>) {
      return owned(objectType(field), asObject(value));
    }
    if (value instanceof List<?> list && field.map(f -> !f.mergeKeys().isEmpty()).orElse(false)) {
      var fields = new LinkedHashMap<String, Object>();
      for (Object element : list) {
        Map<String, Object> inside = owned(objectType(field), asObject(element));
        inside.put(".", Map.of());
        fields.put(keyOf(field.get(), asObject(element)), inside);
      }
      return fields;
    }
    return new LinkedHashMap<>();
  }

  private static String keyOf(Field field, Map<String, Object> element) {
    var key = new TreeMap<String, Object>();
    key.put(field.mergeKeys().get(0), element.get(field.mergeKeys().get(0)));
    try {
      return "k:" + JSON.std.asString(key);
    } catch (IOException e) {
      throw new UncheckedIOException("write the key of an element of " + field.name(), e);
    }
  }

  /** Fields that both set, and to different values. */
  private static void conflicts(
      Map<String, Object> theirs,
      Map<String, Object> ours,
      Object current,
      Object wanted,
      String path,
      String other,
      List<String> conflicts) {
    theirs.forEach(
        (step, inside) -> {
          if (step.equals(".") || !ours.containsKey(step)) {
            return;
          }
          Object is = follow(current, step);
          Object want = follow(wanted, step);
          String here = path + readable(step);
          Map<String, Object> below = asObject(inside);
          if (below.isEmpty() || asObject(ours.get(step)).isEmpty()) {
            // An object or a keyed list has an owner for each of its parts, none of its own.
            boolean leaf = want != null && !(want instanceof Map<?, ?>);
            if (leaf && !Objects.equals(Trees.copyOf(is), Trees.copyOf(want))) {
              conflicts.add("conflict with \"" + other + "\": " + here);
            }
          } else {
            conflicts(below, asObject(ours.get(step)), is, want, here, other, conflicts);
          }
        });
  }

  /** Removes what this manager set before, sets no more, and no other manager sets. */
  private static void removeGone(
      Map<String, Object> before,
      Map<String, Object> now,
      Map<String, Map<String, Object>> managers,
      String manager,
      Object result,
      List<String> path) {
    before.forEach(
        (step, inside) -> {
          if (step.equals(".")) {
            return;
          }
          var here = new ArrayList<>(path);
          here.add(step);
          if (now.containsKey(step)) {
            Object below = follow(result, step);
            if (below != null) {
              removeGone(asObject(inside), asObject(now.get(step)), managers, manager, below, here);
            }
          } else if (managers.entrySet().stream()
              .noneMatch(e -> !e.getKey().equals(manager) && has(e.getValue(), here))) {
            remove(result, step);
          }
        });
  }

  private static boolean has(Map<String, Object> fields, List<String> path) {
    Map<String, Object> here = fields;
    for (String step : path) {
      if (!here.containsKey(step)) {
        return false;
      }
      here = asObject(here.get(step));
    }
    return true;
  }

  private static Object follow(Object tree, String step) {
    if (step.startsWith("f:")) {
      return tree instanceof Map<?, ?> map ? map.get(step.substring(2)) : null;
    }
    return tree instanceof List<?> list
        ? list.stream().filter(element -> matches(element, step)).findFirst().orElse(null)
        : null;
  }

  private static void remove(Object tree, String step) {
    if (step.startsWith("f:") && tree instanceof Map<?, ?> map) {
      map.remove(step.substring(2));
    } else if (tree instanceof List<?> list) {
      list.removeIf(element -> matches(element, step));
    }
  }

  private static boolean matches(Object element, String step) {
    try {
      Map<String, Object> key = Trees.copy(JSON.std.mapFrom(step.substring(2)));
      return key.entrySet().stream()
          .allMatch(
              e -> Objects.equals(e.getValue(), Trees.copyOf(asObject(element).get(e.getKey()))));
    } catch (IOException e) {
      return false;
    }
  }

  private static String readable(String step) {
    return step.startsWith("f:") ? "." + step.substring(2) : "[" + step.substring(2) + "]";
  }

  private static Map<String, Map<String, Object>> managers(Map<String, Object> object) {
    var managers = new LinkedHashMap<String, Map<String, Object>>();
    for (Map<String, Object> entry :
        Trees.objects(Trees.object(object, "metadata"), "managedFields")) {
      if ("Apply".equals(entry.get("operation"))) {
        managers.put(
            Trees.string(entry, "manager", ""), Trees.copy(Trees.object(entry, "fieldsV1")));
      }
    }
    return managers;
  }

  private static List<Object> written(Map<String, Map<String, Object>> managers) {
    var entries = new ArrayList<Object>();
    managers.forEach(
        (manager, fields) -> {
          var entry = new LinkedHashMap<String, Object>();
          entry.put("manager", manager);
          entry.put("operation", "Apply");
          entry.put("apiVersion", "v1");
          entry.put("fieldsType", "FieldsV1");
          entry.put("fieldsV1", fields);
          entries.add(entry);
        });
    return entries;
  }

  private Optional<ObjectType> objectType(Optional<Field> field) {
    return field
        .map(Field::type)
        .map(type -> type instanceof ListOf list ? list.element() : type)
        .filter(Reference.class::isInstance)
        .map(type -> schema.type(((Reference) type).type()));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asObject(Object node) {
    return node instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
