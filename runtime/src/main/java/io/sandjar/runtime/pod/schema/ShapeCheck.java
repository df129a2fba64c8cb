package io.sandjar.runtime.pod.schema;

import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.MapOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.FieldType.Scalar;
import io.sandjar.runtime.pod.schema.Problem.Reason;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a tree as an object of a kind: every field known, every value of its type. The result holds
 * only what the schema knows, without nulls, so that all later code can trust its shape.
 */
public final class ShapeCheck {
  private final Schema schema;
  private final List<Problem> problems = new ArrayList<>();

  private ShapeCheck(Schema schema) {
    this.schema = schema;
  }

  /**
   * An object read as its kind.
   *
   * @param object holds what could be read
   * @param problems all that could not
   */
  public record Shaped(Map<String, Object> object, List<Problem> problems) {}

  public static Shaped read(Schema schema, ObjectType kind, Map<?, ?> tree) {
    var check = new ShapeCheck(schema);
    return new Shaped(check.object(kind, tree, ""), List.copyOf(check.problems));
  }

  private Map<String, Object> object(ObjectType type, Map<?, ?> tree, String path) {
    var result = new LinkedHashMap<String, Object>();
    tree.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          String at = path.isEmpty() ? name : path + "." + name;
          type.field(name)
              .ifPresentOrElse(
                  field -> {
                    // A null is as good as absent, as in Go's decoder.
                    if (value != null) {
                      Object read = value(field.type(), value, at);
                      if (read != null) {
                        result.put(name, read);
                      }
                    }
                  },
                  () -> problems.add(unknown(type, name, at)));
        });
    return result;
  }

  private static Problem unknown(ObjectType type, String name, String at) {
    var known = type.fields().stream().map(Field::name).toList();
    String hint =
        Suggestion.forWord(name, known)
            .map(near -> ", did you mean " + near + "?")
            .orElse(" of " + type.name());
    return new Problem(Reason.UNKNOWN_FIELD, at, "unknown field" + hint);
  }

  private Object value(FieldType type, Object value, String at) {
    if (type instanceof Reference reference) {
      return value instanceof Map<?, ?> map
          ? object(schema.type(reference.type()), map, at)
          : wrong(at, "an object", value);
    }
    if (type instanceof ListOf list) {
      return value instanceof List<?> elements
          ? list(list.element(), elements, at)
          : wrong(at, "a list", value);
    }
    if (type instanceof MapOf map) {
      return value instanceof Map<?, ?> entries
          ? map(map.value(), entries, at)
          : wrong(at, "a map", value);
    }
    return scalar((Scalar) type, value, at);
  }

  private List<Object> list(FieldType element, List<?> elements, String at) {
    var result = new ArrayList<Object>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      Object written = elements.get(i);
      String here = at + "[" + i + "]";
      Object read = written == null ? wrong(here, "a value", null) : value(element, written, here);
      if (read != null) {
        result.add(read);
      }
    }
    return result;
  }

  private Map<String, Object> map(FieldType valueType, Map<?, ?> entries, String at) {
    var result = new LinkedHashMap<String, Object>();
    entries.forEach(
        (key, value) -> {
          String here = at + "[" + key + "]";
          Object read = value == null ? "" : value(valueType, value, here);
          if (read != null) {
            result.put(String.valueOf(key), read);
          }
        });
    return result;
  }

  private Object scalar(Scalar type, Object value, String at) {
    return switch (type.kind()) {
      case STRING, TIME -> value instanceof String ? value : wrong(at, "a string", value);
      case BOOL -> value instanceof Boolean ? value : wrong(at, "true or false", value);
      case INT32 -> integer(value, at, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case INT64 -> integer(value, at, Long.MIN_VALUE, Long.MAX_VALUE);
      case INT_OR_STRING ->
          value instanceof String
              ? value
              : integer(value, at, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case QUANTITY -> quantity(value, at);
      case BYTES -> base64(value, at);
      case OBJECT -> Trees.copyOf(value);
    };
  }

  private Object integer(Object value, String at, long min, long max) {
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      return number >= min && number <= max
          ? (Object) number
          : wrong(at, "an integer of " + (max == Integer.MAX_VALUE ? 32 : 64) + " bits", value);
    }
    if (value instanceof BigInteger) {
      return wrong(at, "an integer of 64 bits", value);
    }
    // JSON does not tell 3.0 from 3.
    if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) {
      return integer(number.longValue(), at, min, max);
    }
    return wrong(at, "an integer", value);
  }

  private Object quantity(Object value, String at) {
    boolean written = value instanceof String || value instanceof Number;
    return written && Quantity.parse(value).isPresent()
        ? value instanceof String ? value : String.valueOf(value)
        : wrong(at, "a quantity such as 250m or 64Mi", value);
  }

  private Object base64(Object value, String at) {
    if (!(value instanceof String text)) {
      return wrong(at, "base64 text", value);
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(text.replaceAll("[\\r\\n]", ""));
      return Base64.getEncoder().encodeToString(decoded);
    } catch (IllegalArgumentException e) {
      // It may be a secret, which belongs into no message.
      return wrong(at, "base64 text, not another text");
    }
  }

  private Object wrong(String at, String expected, Object value) {
    return wrong(at, expected + ", not " + shown(value));
  }

  private Object wrong(String at, String expected) {
    problems.add(new Problem(Reason.WRONG_TYPE, at, "expected " + expected));
    return null;
  }

  private static String shown(Object value) {
    if (value instanceof Map<?, ?>) {
      return "an object";
    }
    if (value instanceof List<?>) {
      return "a list";
    }
    return value instanceof String text ? '"' + text + '"' : String.valueOf(value);
  }
}
