package io.sandjar.runtime.api.openapi;

import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.MapOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.FieldType.Scalar;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The types of the schema as JSON schemas, with the extensions that kubectl reads. */
final class OpenApiSchemas {
  private static final String CORE = "io.k8s.api.core.v1.";
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final List<String> META_TYPES = List.of("ObjectMeta", "OwnerReference");

  private final Schema schema;
  private final String referencePrefix;
  private final boolean version3;

  /**
   * @param version3 OpenAPI v3 lets nothing stand beside a $ref, so that a description needs allOf
   */
  OpenApiSchemas(Schema schema, String referencePrefix, boolean version3) {
    this.schema = schema;
    this.referencePrefix = referencePrefix;
    this.version3 = version3;
  }

  /** All schemas by name, lists and delete options included. */
  Map<String, Object> all() {
    var schemas = new LinkedHashMap<String, Object>();
    for (ObjectType type : schema.types()) {
      schemas.put(nameOf(type.name()), object(type));
      if (type.resource().isPresent()) {
        schemas.put(nameOf(type.name() + "List"), list(type));
      }
    }
    schemas.put(
        META + "ListMeta",
        plainObject(
            "What every list carries.",
            Map.of(
                "resourceVersion", Map.of("type", "string"),
                "continue", Map.of("type", "string"),
                "remainingItemCount", Map.of("type", "integer", "format", "int64"))));
    schemas.put(
        META + "DeleteOptions",
        plainObject(
            "How an object is to be deleted.",
            Map.of(
                "gracePeriodSeconds", Map.of("type", "integer", "format", "int64"),
                "propagationPolicy", Map.of("type", "string"),
                "dryRun", Map.of("type", "array", "items", Map.of("type", "string")))));
    schemas.put(
        META + "Status",
        plainObject(
            "The outcome of a request.",
            Map.of("status", Map.of("type", "string"), "message", Map.of("type", "string"))));
    return schemas;
  }

  String reference(String type) {
    return referencePrefix + nameOf(type);
  }

  private static String nameOf(String type) {
    return (META_TYPES.contains(type) || type.equals("Status") || type.equals("DeleteOptions")
            ? META
            : CORE)
        + type;
  }

  static Map<String, Object> groupVersionKind(String kind) {
    var gvk = new LinkedHashMap<String, Object>();
    gvk.put("group", "");
    gvk.put("kind", kind);
    gvk.put("version", "v1");
    return gvk;
  }

  private Map<String, Object> object(ObjectType type) {
    var properties = new LinkedHashMap<String, Object>();
    type.fields().forEach(field -> properties.put(field.name(), property(field)));
    Map<String, Object> result = plainObject(type.description(), properties);
    List<String> required =
        type.fields().stream().filter(Field::required).map(Field::name).toList();
    if (!required.isEmpty()) {
      result.put("required", required);
    }
    if (type.resource().isPresent()) {
      result.put("x-kubernetes-group-version-kind", List.of(groupVersionKind(type.name())));
    }
    return result;
  }

  private Map<String, Object> list(ObjectType type) {
    var properties = new LinkedHashMap<String, Object>();
    properties.put("apiVersion", Map.of("type", "string"));
    properties.put("kind", Map.of("type", "string"));
    properties.put("metadata", Map.of("$ref", referencePrefix + META + "ListMeta"));
    properties.put(
        "items", Map.of("type", "array", "items", Map.of("$ref", reference(type.name()))));
    Map<String, Object> result = plainObject("A list of " + type.name() + ".", properties);
    result.put("required", List.of("items"));
    result.put("x-kubernetes-group-version-kind", List.of(groupVersionKind(type.name() + "List")));
    return result;
  }

  private static Map<String, Object> plainObject(
      String description, Map<String, Object> properties) {
    var result = new LinkedHashMap<String, Object>();
    result.put("description", description);
    result.put("type", "object");
    result.put("properties", properties);
    return result;
  }

  private Map<String, Object> property(Field field) {
    Map<String, Object> type = type(field.type());
    if (type.containsKey("$ref") && version3) {
      type = new LinkedHashMap<>(Map.of("allOf", List.of(type), "default", Map.of()));
    }
    type.put("description", field.description());
    if (!field.allowed().isEmpty()) {
      type.put("enum", field.allowed());
    }
    if (!field.mergeKeys().isEmpty()) {
      type.put("x-kubernetes-list-type", "map");
      type.put("x-kubernetes-list-map-keys", field.mergeKeys());
      type.put("x-kubernetes-patch-merge-key", field.mergeKeys().get(0));
      type.put("x-kubernetes-patch-strategy", "merge");
    } else if (field.mergedAsSet()) {
      type.put("x-kubernetes-list-type", "set");
      type.put("x-kubernetes-patch-strategy", "merge");
    }
    return type;
  }

  private Map<String, Object> type(FieldType type) {
    var result = new LinkedHashMap<String, Object>();
    if (type instanceof Reference reference) {
      result.put("$ref", reference(reference.type()));
    } else if (type instanceof ListOf list) {
      result.put("type", "array");
      result.put("items", type(list.element()));
    } else if (type instanceof MapOf map) {
      result.put("type", "object");
      result.put("additionalProperties", type(map.value()));
    } else {
      scalar(((Scalar) type).kind(), result);
    }
    return result;
  }

  private static void scalar(FieldType.ScalarKind kind, Map<String, Object> result) {
    switch (kind) {
      case BOOL -> result.put("type", "boolean");
      case INT32, INT64 -> {
        result.put("type", "integer");
        result.put("format", kind.word());
      }
      case OBJECT -> result.put("type", "object");
      case STRING, QUANTITY -> result.put("type", "string");
      case TIME -> {
        result.put("type", "string");
        result.put("format", "date-time");
      }
      case BYTES -> {
        result.put("type", "string");
        result.put("format", "byte");
      }
      case INT_OR_STRING -> {
        result.put("type", "string");
        result.put("format", "int-or-string");
      }
    }
  }
}
