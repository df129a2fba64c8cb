package io.sandjar.runtime.pod.schema;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Something wrong with a field of an object.
 *
 * @param path the field, for example {@code spec.containers[0].name}
 */
public record Problem(Reason reason, String path, String message) {

  /** The API server's reasons, by the names that Status objects carry. */
  public enum Reason {
    /** The object does not have the shape of its kind. */
    UNKNOWN_FIELD("FieldValueUnknown"),
    WRONG_TYPE("FieldValueTypeInvalid"),
    REQUIRED("FieldValueRequired"),
    INVALID("FieldValueInvalid"),
    NOT_SUPPORTED("FieldValueNotSupported"),
    DUPLICATE("FieldValueDuplicate"),
    FORBIDDEN("FieldValueForbidden"),
    TOO_LONG("FieldValueTooLong");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }

    /** Whether the object cannot even be read as its kind. */
    public boolean isShape() {
      return this == UNKNOWN_FIELD || this == WRONG_TYPE;
    }
  }

  public static Problem required(String path) {
    return new Problem(Reason.REQUIRED, path, "Required value");
  }

  public static Problem required(String path, String why) {
    return new Problem(Reason.REQUIRED, path, "Required value: " + why);
  }

  public static Problem invalid(String path, Object value, String why) {
    return new Problem(Reason.INVALID, path, "Invalid value: " + quoted(value) + ": " + why);
  }

  public static Problem notSupported(String path, Object value, List<String> supported) {
    String all = supported.stream().map(Problem::quoted).collect(Collectors.joining(", "));
    return new Problem(
        Reason.NOT_SUPPORTED,
        path,
        "Unsupported value: " + quoted(value) + ": supported values: " + all);
  }

  public static Problem duplicate(String path, Object value) {
    return new Problem(Reason.DUPLICATE, path, "Duplicate value: " + quoted(value));
  }

  public static Problem forbidden(String path, String why) {
    return new Problem(Reason.FORBIDDEN, path, "Forbidden: " + why);
  }

  private static String quoted(Object value) {
    return value instanceof String text ? '"' + text + '"' : String.valueOf(value);
  }

  /** As one line: the field, then what is wrong with it. */
  @Override
  public String toString() {
    return path.isEmpty() ? message : path + ": " + message;
  }
}
