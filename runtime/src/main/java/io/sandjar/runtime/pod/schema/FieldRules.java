package io.sandjar.runtime.pod.schema;

import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.MapOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Checks what the schema says of single fields: required, allowed values, bounds, formats, keys.
 */
public final class FieldRules {
  private final Schema schema;
  private final List<Problem> problems = new ArrayList<>();

  private FieldRules(Schema schema) {
    this.schema = schema;
  }

  /** All problems of an object whose shape was checked and whose defaults are filled in. */
  public static List<Problem> check(Schema schema, ObjectType kind, Map<String, Object> object) {
    var rules = new FieldRules(schema);
    rules.object(kind, object, "");
    return rules.problems;
  }

  private void object(ObjectType type, Map<String, Object> object, String path) {
    for (Field field : type.fields()) {
      String at = path.isEmpty() ? field.name() : path + "." + field.name();
      Object value = object.get(field.name());
      if (value == null || value.equals("") || value.equals(List.of())) {
        if (field.required() && !field.allowed().contains("")) {
          problems.add(Problem.required(at));
          continue;
        }
        if (value == null || value.equals("")) {
          continue;
        }
      }
      if (field.unsupported()) {
        problems.add(
            Problem.forbidden(
                at, field.name() + " is not supported on this node: " + field.description()));
        continue;
      }
      value(field, field.type(), value, at);
    }
  }

  @SuppressWarnings("unchecked")
  private void value(Field field, FieldType type, Object value, String at) {
    if (type instanceof Reference reference) {
      object(schema.type(reference.type()), (Map<String, Object>) value, at);
    } else if (type instanceof ListOf list) {
      List<Object> elements = (List<Object>) value;
      uniqueKeys(field, elements, at);
      for (int i = 0; i < elements.size(); i++) {
        value(field, list.element(), elements.get(i), at + "[" + i + "]");
      }
    } else if (type instanceof MapOf) {
      map(field, (Map<String, Object>) value, at);
    } else {
      scalar(field, value, at);
    }
  }

  private void scalar(Field field, Object value, String at) {
    if (!field.allowed().isEmpty() && !field.allowed().contains(String.valueOf(value))) {
      problems.add(Problem.notSupported(at, value, field.allowed()));
    }
    if (value instanceof Long number) {
      if (field.min().isPresent() && number < field.min().get()
          || field.max().isPresent() && number > field.max().get()) {
        problems.add(Problem.invalid(at, value, bounds(field)));
      }
    }
    field
        .format()
        .flatMap(format -> format.problemOf(String.valueOf(value)))
        .ifPresent(why -> problems.add(Problem.invalid(at, value, why)));
  }

  private static String bounds(Field field) {
    if (field.max().isEmpty()) {
      return "must be greater than or equal to " + field.min().get();
    }
    return "must be between "
        + field.min().orElse(0L)
        + " and "
        + field.max().get()
        + ", inclusive";
  }

  private void map(Field field, Map<String, Object> entries, String at) {
    if (field.format().isEmpty()) {
      return;
    }
    Format format = field.format().get();
    entries.forEach(
        (key, value) -> {
          format.problemOfKey(key).ifPresent(why -> problems.add(Problem.invalid(at, key, why)));
          format
              .problemOfValue(String.valueOf(value))
              .ifPresent(why -> problems.add(Problem.invalid(at + "[" + key + "]", value, why)));
        });
  }

  /** Elements of a keyed list must differ in their keys. */
  @SuppressWarnings("unchecked")
  private void uniqueKeys(Field field, List<Object> elements, String at) {
    if (field.mergeKeys().isEmpty() || field.repeatable()) {
      return;
    }
    Set<List<Object>> seen = new HashSet<>();
    for (int i = 0; i < elements.size(); i++) {
      var element = (Map<String, Object>) elements.get(i);
      List<Object> key =
          field.mergeKeys().stream().map(element::get).filter(Objects::nonNull).toList();
      if (!key.isEmpty() && !seen.add(key)) {
        problems.add(
            Problem.duplicate(
                at + "[" + i + "]." + field.mergeKeys().get(0),
                key.size() == 1 ? key.get(0) : key));
      }
    }
  }
}
