package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Kubernetes' strategic merge patch: as a merge patch, but lists of objects are merged by their
 * keys and lists of values as sets where the schema says so, with the directives {@code $patch},
 * {@code $deleteFromPrimitiveList}, {@code $setElementOrder} and {@code $retainKeys}.
 */
public final class StrategicMergePatch {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String DELETE_VALUES = "$deleteFromPrimitiveList/";
  private static final String ORDER = "$setElementOrder/";

  private final Schema schema;

  public StrategicMergePatch(Schema schema) {
    this.schema = schema;
  }

  public Map<String, Object> apply(
      ObjectType kind, Map<String, Object> target, Map<String, Object> patch) {
    return merge(Optional.of(kind), target, patch);
  }

  private Map<String, Object> merge(
      Optional<ObjectType> type, Map<String, Object> target, Map<String, Object> patch) {
    String directive = Trees.string(patch, PATCH, "merge");
    if (directive.equals("replace")) {
      Map<String, Object> replacement = Trees.copy(patch);
      replacement.remove(PATCH);
      return replacement;
    }
    if (directive.equals("delete")) {
      return new LinkedHashMap<>();
    }
    var result = new LinkedHashMap<>(target);
    if (patch.get(RETAIN_KEYS) instanceof List<?> retained) {
      result.keySet().removeIf(key -> !retained.contains(key));
    }
    patch.forEach(
        (key, value) -> {
          if (key.startsWith("$")) {
            return;
          }
          if (value == null) {
            result.remove(key);
          } else {
            result.put(
                key, merged(type.flatMap(known -> known.field(key)), result.get(key), value));
          }
        });
    patch.forEach((key, value) -> directive(type, result, key, value));
    return result;
  }

  private Object merged(Optional<Field> field, Object target, Object patch) {
    if (patch instanceof Map<?, ?>) {
      return merge(objectType(field), asObject(target), asObject(patch));
    }
    if (patch instanceof List<?> elements && field.isPresent()) {
      List<?> existing = target instanceof List<?> list ? list : List.of();
      if (!field.get().mergeKeys().isEmpty()) {
        return mergeByKey(field.get(), existing, elements);
      }
      if (field.get().mergedAsSet()) {
        var union = new ArrayList<Object>(existing);
        elements.stream().filter(element -> !union.contains(element)).forEach(union::add);
        return union;
      }
    }
    return Trees.copyOf(patch);
  }

  private Optional<ObjectType> objectType(Optional<Field> field) {
    return field
        .map(Field::type)
        .map(type -> type instanceof ListOf list ? list.element() : type)
        .filter(Reference.class::isInstance)
        .map(type -> schema.type(((Reference) type).type()));
  }

  private List<Object> mergeByKey(Field field, List<?> target, List<?> patch) {
    // Upstream merges by the first key alone: ports by containerPort, whatever the protocol.
    String key = field.mergeKeys().get(0);
    var result = new ArrayList<Object>(target);
    for (Object element : patch) {
      Map<String, Object> change = asObject(element);
      if (change.size() == 1 && "replace".equals(change.get(PATCH))) {
        result.clear();
        continue;
      }
      Object id = change.get(key);
      if (id == null) {
        throw new EngineException(
            Kind.INVALID_ARGUMENT,
            "the strategic merge patch has an element of "
                + field.name()
                + " without its merge key "
                + key);
      }
      int at = indexOf(result, key, id);
      if ("delete".equals(change.get(PATCH))) {
        if (at >= 0) {
          result.remove(at);
        }
      } else if (at >= 0) {
        result.set(at, merge(objectType(Optional.of(field)), asObject(result.get(at)), change));
      } else {
        result.add(merge(objectType(Optional.of(field)), Map.of(), change));
      }
    }
    return result;
  }

  private void directive(
      Optional<ObjectType> type, Map<String, Object> result, String directive, Object value) {
    if (!(value instanceof List<?> listed)) {
      return;
    }
    if (directive.startsWith(DELETE_VALUES)) {
      String name = directive.substring(DELETE_VALUES.length());
      if (result.get(name) instanceof List<?> list) {
        result.put(name, list.stream().filter(element -> !listed.contains(element)).toList());
      }
    } else if (directive.startsWith(ORDER)) {
      String name = directive.substring(ORDER.length());
      Optional<Field> field = type.flatMap(known -> known.field(name));
      if (result.get(name) instanceof List<?> list && field.isPresent()) {
        result.put(name, ordered(field.get(), list, listed));
      }
    }
  }

  /**
   * The listed elements in their order; those that only the server has keep to their places' end.
   */
  private static List<Object> ordered(Field field, List<?> list, List<?> order) {
    var left = new ArrayList<Object>(list);
    var result = new ArrayList<Object>();
    for (Object wanted : order) {
      Object id = field.mergeKeys().isEmpty() ? wanted : id(field, wanted);
      for (int i = 0; i < left.size(); i++) {
        Object here = field.mergeKeys().isEmpty() ? left.get(i) : id(field, left.get(i));
        if (Objects.equals(here, id)) {
          result.add(left.remove(i));
          break;
        }
      }
    }
    result.addAll(left);
    return result;
  }

  private static Object id(Field field, Object element) {
    return Trees.copyOf(asObject(element).get(field.mergeKeys().get(0)));
  }

  private static int indexOf(List<Object> list, String key, Object id) {
    for (int i = 0; i < list.size(); i++) {
      if (Objects.equals(Trees.copyOf(asObject(list.get(i)).get(key)), Trees.copyOf(id))) {
        return i;
      }
    }
    return -1;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asObject(Object node) {
    return node instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
