package io.sandjar.runtime.image.manifest;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of a JSON object from a stranger: each is of its type, or named in the error. */
final class Fields {
  private final String of;
  private final Map<String, Object> tree;

  private Fields(String of, Map<String, Object> tree) {
    this.of = of;
    this.tree = tree;
  }

  static Fields parse(String of, byte[] json) throws IOException {
    try {
      Object tree = JSON.std.anyFrom(json);
      return new Fields(of, object(of, tree));
    } catch (RuntimeException | StackOverflowError e) {
      throw new BadContentException(of + " is not JSON: " + e.getMessage());
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new BadContentException(of + " is not JSON: " + e.getOriginalMessage());
    }
  }

  boolean has(String key) {
    return tree.get(key) != null;
  }

  String text(String key) throws IOException {
    Object value = tree.get(key);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrong(key, "a string");
  }

  long number(String key) throws IOException {
    Object value = tree.get(key);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw wrong(key, "a number");
  }

  Digest digest(String key) throws IOException {
    try {
      return Digest.parse(text(key));
    } catch (IllegalArgumentException e) {
      throw new BadContentException(of + '.' + key + ": " + e.getMessage());
    }
  }

  /** Missing or null is an empty object. */
  Fields fields(String key) throws IOException {
    Object value = tree.get(key);
    return new Fields(of + '.' + key, value == null ? Map.of() : object(of + '.' + key, value));
  }

  List<Fields> list(String key) throws IOException {
    var list = new ArrayList<Fields>();
    for (Object item : items(key)) {
      String name = of + '.' + key + '[' + list.size() + ']';
      list.add(new Fields(name, object(name, item)));
    }
    return list;
  }

  List<String> texts(String key) throws IOException {
    var list = new ArrayList<String>();
    for (Object item : items(key)) {
      if (!(item instanceof String text)) {
        throw wrong(key, "a list of strings");
      }
      list.add(text);
    }
    return list;
  }

  Map<String, String> textMap(String key) throws IOException {
    var map = new LinkedHashMap<String, String>();
    for (Map.Entry<String, Object> entry : fields(key).tree.entrySet()) {
      if (!(entry.getValue() instanceof String text)) {
        throw wrong(key, "an object of strings");
      }
      map.put(entry.getKey(), text);
    }
    return map;
  }

  /** The keys of an object that is used as a set. */
  List<String> keys(String key) throws IOException {
    return List.copyOf(fields(key).tree.keySet());
  }

  private List<?> items(String key) throws IOException {
    Object value = tree.get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(key, "a list");
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static Map<String, Object> object(String name, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new BadContentException(name + " is not an object");
  }

  BadContentException wrong(String key, String expected) {
    return new BadContentException(of + '.' + key + " is not " + expected);
  }
}
