package io.sandjar.runtime.api.openapi;

import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The routes of every kind as OpenAPI paths; from their parameters kubectl sees what verbs can do.
 */
final class OpenApiPaths {
  private static final List<String> WRITE_PARAMETERS =
      List.of("dryRun", "fieldManager", "fieldValidation");

  private final Schema schema;
  private final OpenApiSchemas schemas;
  private final boolean version3;

  OpenApiPaths(Schema schema, OpenApiSchemas schemas, boolean version3) {
    this.schema = schema;
    this.schemas = schemas;
    this.version3 = version3;
  }

  Map<String, Object> all() {
    var paths = new LinkedHashMap<String, Object>();
    for (ObjectType kind : schema.kinds()) {
      ObjectType.Resource resource = kind.resource().orElseThrow();
      String collection =
          "/api/v1/" + (resource.namespaced() ? "namespaces/{namespace}/" : "") + resource.plural();
      var many = new LinkedHashMap<String, Object>();
      many.put("get", operation(kind, "list", kind.name() + "List", List.of()));
      many.put("post", operation(kind, "post", kind.name(), WRITE_PARAMETERS));
      paths.put(collection, many);
      var one = new LinkedHashMap<String, Object>();
      var patchParameters = new ArrayList<>(WRITE_PARAMETERS);
      patchParameters.add("force");
      one.put("get", operation(kind, "get", kind.name(), List.of()));
      one.put("put", operation(kind, "put", kind.name(), WRITE_PARAMETERS));
      one.put("patch", operation(kind, "patch", kind.name(), patchParameters));
      one.put("delete", operation(kind, "delete", "Status", List.of("dryRun")));
      paths.put(collection + "/{name}", one);
    }
    return paths;
  }

  private Map<String, Object> operation(
      ObjectType kind, String action, String answer, List<String> parameters) {
    var operation = new LinkedHashMap<String, Object>();
    String verb = action.substring(0, 1).toUpperCase(Locale.ROOT) + action.substring(1);
    operation.put("operationId", action + "CoreV1" + kind.name());
    operation.put("description", verb + " " + kind.name());
    operation.put("parameters", parameters.stream().map(this::parameter).toList());
    Map<String, Object> reference = Map.of("$ref", schemas.reference(answer));
    var ok = new LinkedHashMap<String, Object>();
    ok.put("description", "OK");
    if (version3) {
      ok.put("content", Map.of("application/json", Map.of("schema", reference)));
    } else {
      ok.put("schema", reference);
    }
    operation.put("responses", Map.of("200", ok));
    operation.put("x-kubernetes-action", action);
    operation.put("x-kubernetes-group-version-kind", OpenApiSchemas.groupVersionKind(kind.name()));
    return operation;
  }

  private Map<String, Object> parameter(String name) {
    String type = name.equals("force") ? "boolean" : "string";
    var parameter = new LinkedHashMap<String, Object>();
    parameter.put("name", name);
    parameter.put("in", "query");
    if (version3) {
      parameter.put("schema", Map.of("type", type, "uniqueItems", true));
    } else {
      parameter.put("type", type);
      parameter.put("uniqueItems", true);
    }
    return parameter;
  }
}
