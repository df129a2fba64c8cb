package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** JSON patch, RFC 6902: add, remove, replace, move, copy and test at JSON pointers. */
public final class JsonPatch {
  private static final int MOST_OPERATIONS = 10_000;

  /** Copies of copies double with each operation, and a few would fill the memory. */
  private static final long MOST_COPIED = 8 * 1024 * 1024;

  private Map<String, Object> document;
  private long copied;

  private JsonPatch(Map<String, Object> document) {
    this.document = document;
  }

  public static Map<String, Object> apply(Map<String, Object> target, List<?> operations) {
    if (operations.size() > MOST_OPERATIONS) {
      throw invalid("it has " + operations.size() + " operations; at most " + MOST_OPERATIONS);
    }
    var patch = new JsonPatch(Trees.copy(target));
    for (Object operation : operations) {
      if (!(operation instanceof Map<?, ?> map)) {
        throw invalid("an operation is not an object");
      }
      patch.run(map);
    }
    return patch.document;
  }

  private void run(Map<?, ?> operation) {
    String path = text(operation, "path");
    switch (text(operation, "op")) {
      case "add" -> add(path, Trees.copyOf(value(operation)));
      case "remove" -> remove(path);
      case "replace" -> {
        remove(path);
        add(path, Trees.copyOf(value(operation)));
      }
      case "move" -> add(path, remove(text(operation, "from")));
      case "copy" -> add(path, copied(find(text(operation, "from"))));
      case "test" -> {
        if (!Objects.equals(Trees.copyOf(value(operation)), find(path))) {
          throw unfit("testing value " + path + " failed");
        }
      }
      default -> throw invalid("unknown op \"" + operation.get("op") + "\"");
    }
  }

  private Object copied(Object value) {
    copied += size(value);
    if (copied > MOST_COPIED) {
      throw invalid("its copies come to more than " + MOST_COPIED + " bytes");
    }
    return Trees.copyOf(value);
  }

  /** About what it takes in memory. */
  private static long size(Object value) {
    if (value instanceof Map<?, ?> map) {
      return 64
          + map.entrySet().stream()
              .mapToLong(entry -> 64 + entry.getKey().toString().length() + size(entry.getValue()))
              .sum();
    }
    if (value instanceof List<?> list) {
      return 64 + list.stream().mapToLong(JsonPatch::size).sum();
    }
    return value instanceof String text ? 64 + text.length() : 24;
  }

  private static String text(Map<?, ?> operation, String key) {
    if (operation.get(key) instanceof String text) {
      return text;
    }
    throw invalid("an operation has no \"" + key + "\"");
  }

  private static Object value(Map<?, ?> operation) {
    if (!operation.containsKey("value")) {
      throw invalid(operation.get("op") + " " + operation.get("path") + " has no \"value\"");
    }
    return operation.get("value");
  }

  @SuppressWarnings("unchecked")
  private void add(String path, Object value) {
    if (path.isEmpty()) {
      if (!(value instanceof Map<?, ?>)) {
        throw invalid("the whole document must stay an object");
      }
      document = (Map<String, Object>) value;
      return;
    }
    Object parent = parent(path);
    String key = last(path);
    if (parent instanceof Map<?, ?>) {
      ((Map<String, Object>) parent).put(key, value);
    } else if (parent instanceof List<?>) {
      var list = (List<Object>) parent;
      list.add(key.equals("-") ? list.size() : index(key, list.size() + 1, path), value);
    } else {
      throw missing(path);
    }
  }

  @SuppressWarnings("unchecked")
  private Object remove(String path) {
    if (path.isEmpty()) {
      Map<String, Object> whole = document;
      document = new java.util.LinkedHashMap<>();
      return whole;
    }
    Object parent = parent(path);
    String key = last(path);
    if (parent instanceof Map<?, ?> map && map.containsKey(key)) {
      return map.remove(key);
    }
    if (parent instanceof List<?>) {
      var list = (List<Object>) parent;
      return list.remove(index(key, list.size(), path));
    }
    throw missing(path);
  }

  private Object find(String path) {
    return descend(segments(path), path);
  }

  private Object parent(String path) {
    List<String> segments = segments(path);
    return descend(segments.subList(0, segments.size() - 1), path);
  }

  private Object descend(List<String> segments, String path) {
    Object here = document;
    for (String segment : segments) {
      if (here instanceof Map<?, ?> map && map.containsKey(segment)) {
        here = map.get(segment);
      } else if (here instanceof List<?> list) {
        here = list.get(index(segment, list.size(), path));
      } else {
        throw missing(path);
      }
    }
    return here;
  }

  private static int index(String segment, int end, String path) {
    int index = segment.matches("0|[1-9]\\d{0,6}") ? Integer.parseInt(segment) : end;
    if (index >= end) {
      throw missing(path);
    }
    return index;
  }

  private static List<String> segments(String path) {
    if (path.isEmpty()) {
      return List.of();
    }
    if (!path.startsWith("/")) {
      throw invalid("path \"" + path + "\" does not begin with /");
    }
    var segments = new ArrayList<String>();
    Arrays.stream(path.substring(1).split("/", -1))
        .map(segment -> segment.replace("~1", "/").replace("~0", "~"))
        .forEach(segments::add);
    return segments;
  }

  private static String last(String path) {
    List<String> segments = segments(path);
    return segments.get(segments.size() - 1);
  }

  private static ApiException missing(String path) {
    return unfit("there is nothing at \"" + path + "\"");
  }

  /** The patch is one, but not one of this object. */
  private static ApiException unfit(String why) {
    return new ApiException(422, "Invalid", "the JSON patch cannot be applied: " + why);
  }

  private static EngineException invalid(String why) {
    return new EngineException(Kind.INVALID_ARGUMENT, "the JSON patch cannot be applied: " + why);
  }
}
