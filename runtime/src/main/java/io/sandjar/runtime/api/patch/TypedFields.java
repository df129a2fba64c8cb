package io.sandjar.runtime.api.patch;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.MapOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Takes objects apart into the fields that can have an owner each, as the schema says. */
final class TypedFields {
  private final Schema schema;

  TypedFields(Schema schema) {
    this.schema = schema;
  }

  /**
   * How one object differs from another.
   *
   * @param changed fields that are new or have another value
   * @param removed fields that are no more
   */
  record Difference(FieldSet changed, FieldSet removed) {}

  /**
   * A value where it stands.
   *
   * @param field the field that holds it, or holds the map or list that it is an element of
   */
  record Part(Optional<Field> field, FieldType type, Object value) {}

  /** The fields that an object sets. */
  FieldSet of(ObjectType kind, Map<String, Object> object) {
    return set(root(kind, object), false);
  }

  Difference compare(ObjectType kind, Map<String, Object> before, Map<String, Object> after) {
    var difference = new Difference(new FieldSet(), new FieldSet());
    compare(parts(root(kind, before)).get(), parts(root(kind, after)).get(), difference);
    return difference;
  }

  static Part root(ObjectType kind, Map<String, Object> object) {
    return new Part(Optional.empty(), new Reference(kind.name()), object);
  }

  /**
   * @param withContainers whether maps and lists are fields, too, beside what they hold
   */
  private FieldSet set(Part part, boolean withContainers) {
    var set = new FieldSet();
    Map<String, Part> parts = parts(part).orElse(Map.of());
    if (parts.isEmpty() || withContainers) {
      set.withItself();
    }
    parts.forEach(
        (step, inside) -> {
          FieldSet below = set(inside, withContainers);
          set.add(step, step.startsWith("f:") ? below : below.withItself());
        });
    return set;
  }

  private void compare(Map<String, Part> before, Map<String, Part> after, Difference difference) {
    var steps = new TreeSet<>(before.keySet());
    steps.addAll(after.keySet());
    for (String step : steps) {
      Part was = before.get(step);
      Part is = after.get(step);
      if (was == null) {
        difference.changed().add(step, set(is, true));
      } else if (is == null) {
        difference.removed().add(step, set(was, true));
      } else {
        Optional<Map<String, Part>> insideBefore = parts(was);
        Optional<Map<String, Part>> insideAfter = parts(is);
        if (insideBefore.isPresent() && insideAfter.isPresent()) {
          var below = new Difference(new FieldSet(), new FieldSet());
          compare(insideBefore.get(), insideAfter.get(), below);
          difference.changed().add(step, below.changed());
          difference.removed().add(step, below.removed());
        } else if (!Objects.equals(Trees.copyOf(was.value()), Trees.copyOf(is.value()))) {
          difference.changed().add(step, new FieldSet().withItself());
        }
      }
    }
  }

  /**
   * What a value consists of by the steps that lead there; empty where it is one thing: a scalar,
   * and a list or tree that is written as a whole.
   */
  Optional<Map<String, Part>> parts(Part part) {
    var parts = new LinkedHashMap<String, Part>();
    if (part.type() instanceof Reference reference && part.value() instanceof Map<?, ?> object) {
      ObjectType type = schema.type(reference.type());
      object.forEach(
          (name, value) ->
              type.field(String.valueOf(name))
                  .filter(field -> value != null)
                  .ifPresent(
                      field ->
                          parts.put(
                              "f:" + name, new Part(Optional.of(field), field.type(), value))));
      return Optional.of(parts);
    }
    if (part.type() instanceof MapOf map && part.value() instanceof Map<?, ?> entries) {
      entries.forEach(
          (name, value) -> parts.put("f:" + name, new Part(part.field(), map.value(), value)));
      return Optional.of(parts);
    }
    if (part.type() instanceof ListOf list && part.value() instanceof List<?> elements) {
      for (Object element : elements) {
        Optional<String> step = step(part.field(), list.element(), element);
        if (step.isEmpty()
            || parts.put(step.get(), new Part(Optional.empty(), list.element(), element)) != null) {
          // Without a key of its own for each element there is no telling them apart.
          return Optional.empty();
        }
      }
      return Optional.of(parts);
    }
    return Optional.empty();
  }

  /** Refuses an object in which elements of a list cannot be told apart by their keys. */
  void requireKeys(Part part) {
    Optional<Map<String, Part>> parts = parts(part);
    boolean isKeyed =
        part.value() instanceof List<?>
            && part.field().map(f -> f.mergedAsSet() || !f.mergeKeys().isEmpty()).orElse(false);
    if (isKeyed && parts.isEmpty()) {
      throw new ApiException(
          400,
          "BadRequest",
          "an apply needs elements of "
              + part.field().get().name()
              + " that differ in their "
              + (part.field().get().mergedAsSet()
                  ? "values"
                  : String.join(" and ", part.field().get().mergeKeys())));
    }
    parts.ifPresent(inside -> inside.values().forEach(this::requireKeys));
  }

  /** The step from a list to its element; empty for a list that is written as a whole. */
  Optional<String> step(Optional<Field> list, FieldType type, Object element) {
    if (list.isPresent() && list.get().mergedAsSet()) {
      return Optional.of("v:" + json(element));
    }
    if (list.isEmpty()
        || list.get().mergeKeys().isEmpty()
        || !(type instanceof Reference reference)
        || !(element instanceof Map<?, ?> object)) {
      return Optional.empty();
    }
    var key = new TreeMap<String, Object>();
    for (String name : list.get().mergeKeys()) {
      Object value = object.get(name);
      if (value == null) {
        value = schema.type(reference.type()).field(name).flatMap(Field::defaultText).orElse(null);
      }
      if (value == null) {
        return Optional.empty();
      }
      key.put(name, value);
    }
    return Optional.of("k:" + json(key));
  }

  private static String json(Object value) {
    try {
      return JSON.std.asString(value);
    } catch (IOException e) {
      throw new UncheckedIOException("write " + value + " as JSON", e);
    }
  }
}
