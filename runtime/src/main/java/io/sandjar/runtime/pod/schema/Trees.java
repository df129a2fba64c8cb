package io.sandjar.runtime.pod.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Typed reading of a plain tree (maps, lists, scalars) whose shape was validated before. */
public final class Trees {

  private Trees() {}

  /** The object at the path of keys; the empty one where it or a parent is missing. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> object(Map<String, Object> tree, String... path) {
    Map<String, Object> here = tree;
    for (String key : path) {
      if (!(here.get(key) instanceof Map<?, ?> next)) {
        return Map.of();
      }
      here = (Map<String, Object>) next;
    }
    return here;
  }

  /** The object at the key, made where it is missing. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> objectIn(Map<String, Object> tree, String key) {
    return (Map<String, Object>)
        (tree.get(key) instanceof Map<?, ?> there
            ? there
            : put(tree, key, new LinkedHashMap<String, Object>()));
  }

  private static Object put(Map<String, Object> tree, String key, Object value) {
    tree.put(key, value);
    return value;
  }

  /** The objects of the list at the key; none where it is missing. */
  @SuppressWarnings("unchecked")
  public static List<Map<String, Object>> objects(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /** The strings of the list at the key; none where it is missing. */
  public static List<String> strings(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The strings of the map at the key; none where it is missing. */
  public static Map<String, String> stringMap(Map<String, Object> tree, String key) {
    var strings = new LinkedHashMap<String, String>();
    object(tree, key).forEach((name, value) -> strings.put(name, String.valueOf(value)));
    return strings;
  }

  public static Optional<String> string(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  public static String string(Map<String, Object> tree, String key, String otherwise) {
    return string(tree, key).orElse(otherwise);
  }

  public static Optional<Long> number(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof Number number
        ? Optional.of(number.longValue())
        : Optional.empty();
  }

  public static boolean flag(Map<String, Object> tree, String key) {
    return Boolean.TRUE.equals(tree.get(key));
  }

  /** A deep copy that can be changed freely. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> copy(Map<String, Object> tree) {
    return (Map<String, Object>) copyOf(tree);
  }

  /**
   * A deep copy of any node of a tree. Whole numbers become Longs: JSON's reader gives whatever
   * type is wide enough, and equal trees must be equal. Keys become strings, as YAML has others.
   */
  public static Object copyOf(Object node) {
    if (node instanceof Map<?, ?> map) {
      var copy = new LinkedHashMap<String, Object>();
      map.forEach((key, value) -> copy.put(String.valueOf(key), copyOf(value)));
      return copy;
    }
    if (node instanceof List<?> list) {
      var copy = new ArrayList<Object>(list.size());
      list.forEach(element -> copy.add(copyOf(element)));
      return copy;
    }
    return node instanceof Integer number ? (Object) number.longValue() : node;
  }
}
