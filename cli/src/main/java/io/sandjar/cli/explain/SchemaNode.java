package io.sandjar.cli.explain;

import io.sandjar.cli.kube.KubeApi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A type of the daemon's OpenAPI document, or a field, which is a type with a description of its
 * own around it.
 */
final class SchemaNode {
  private static final String REFERENCE = "$ref";

  private final Map<String, Object> schemas;
  private final Map<String, Object> schema;

  private SchemaNode(Map<String, Object> schemas, Map<String, Object> schema) {
    this.schemas = schemas;
    this.schema = schema;
  }

  /** The type of a kind of object. */
  static Optional<SchemaNode> ofKind(Map<String, Object> document, String kind) {
    var schemas = KubeApi.map(KubeApi.map(document, "components"), "schemas");
    return schemas.keySet().stream()
        .map(name -> KubeApi.map(schemas, name))
        .filter(
            schema ->
                KubeApi.maps(schema, "x-kubernetes-group-version-kind").stream()
                    .anyMatch(gvk -> kind.equals(gvk.get("kind"))))
        .findFirst()
        .map(schema -> new SchemaNode(schemas, schema));
  }

  private Optional<SchemaNode> referenced(Map<String, Object> from) {
    return from.get(REFERENCE) instanceof String reference
        ? Optional.of(
            new SchemaNode(
                schemas, KubeApi.map(schemas, reference.substring(reference.lastIndexOf('/') + 1))))
        : Optional.empty();
  }

  /** What the reference, list or map leads to in the end. */
  private SchemaNode target() {
    for (var part : KubeApi.maps(schema, "allOf")) {
      var found = referenced(part);
      if (found.isPresent()) {
        return found.get();
      }
    }
    var direct = referenced(schema);
    if (direct.isPresent()) {
      return direct.get();
    }
    for (var wrapper : List.of("items", "additionalProperties")) {
      if (schema.get(wrapper) instanceof Map<?, ?>) {
        return new SchemaNode(schemas, KubeApi.map(schema, wrapper)).target();
      }
    }
    return this;
  }

  /** Its fields by name, in order; none where it is a plain value. */
  Map<String, SchemaNode> fields() {
    var properties = KubeApi.map(target().schema, "properties");
    var fields = new TreeMap<String, SchemaNode>();
    properties
        .keySet()
        .forEach(name -> fields.put(name, new SchemaNode(schemas, KubeApi.map(properties, name))));
    return fields;
  }

  boolean requires(String field) {
    return target().schema.get("required") instanceof List<?> required && required.contains(field);
  }

  /** As kubectl writes it: {@code []Container}, {@code map[string]string}. */
  String type() {
    if (schema.get("items") instanceof Map<?, ?>) {
      return "[]" + new SchemaNode(schemas, KubeApi.map(schema, "items")).type();
    }
    if (schema.get("additionalProperties") instanceof Map<?, ?>) {
      return "map[string]"
          + new SchemaNode(schemas, KubeApi.map(schema, "additionalProperties")).type();
    }
    for (var part : KubeApi.maps(schema, "allOf")) {
      if (part.get(REFERENCE) instanceof String reference) {
        return lastWord(reference);
      }
    }
    if (schema.get(REFERENCE) instanceof String reference) {
      return lastWord(reference);
    }
    var type = String.valueOf(schema.getOrDefault("type", "Object"));
    return type.equals("object") ? "Object" : type;
  }

  private static String lastWord(String reference) {
    return reference.substring(reference.lastIndexOf('.') + 1);
  }

  List<String> allowed() {
    return schema.get("enum") instanceof List<?> allowed
        ? allowed.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** Its own, and that of the type it leads to. */
  List<String> descriptions() {
    var all = new ArrayList<String>();
    var target = target();
    for (var node : target == this ? List.of(this) : List.of(this, target)) {
      if (node.schema.get("description") instanceof String text && !text.isEmpty()) {
        all.add(text);
      }
    }
    return all;
  }

  /** Its own alone. */
  Optional<String> description() {
    return Optional.ofNullable((String) schema.get("description")).filter(text -> !text.isEmpty());
  }
}
