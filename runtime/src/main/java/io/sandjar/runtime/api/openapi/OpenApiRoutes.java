package io.sandjar.runtime.api.openapi;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.pod.schema.Schema;
import java.util.LinkedHashMap;
import java.util.Map;

/** Serves the schema as OpenAPI v2 (JSON or protobuf) and v3, each made when first asked for. */
public final class OpenApiRoutes {
  /** Clients ask for it with an @ before v1.0, which Go does not accept in an answer. */
  private static final String V2_PROTOBUF =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  private final Schema schema;
  private final String version;

  /**
   * @param version the server's own, for the documents' info
   */
  public OpenApiRoutes(Schema schema, String version) {
    this.schema = schema;
    this.version = version;
  }

  public void register(Router router) {
    router.get("/openapi/v2", this::version2);
    router.get("/openapi/v3", request -> Response.json(index()));
    router.get("/openapi/v3/api/v1", request -> Response.json(version3()));
  }

  private Response version2(Request request) {
    var schemas = new OpenApiSchemas(schema, "#/definitions/", false);
    var document = new LinkedHashMap<String, Object>();
    document.put("swagger", "2.0");
    document.put("info", info());
    document.put("paths", new OpenApiPaths(schema, schemas, false).all());
    document.put("definitions", schemas.all());
    boolean protobuf = request.header("accept").orElse("").contains("protobuf");
    return protobuf
        ? new Response.Whole(200, V2_PROTOBUF, OpenApiProto.document(document))
        : Response.json(document);
  }

  private Map<String, Object> version3() {
    var schemas = new OpenApiSchemas(schema, "#/components/schemas/", true);
    var document = new LinkedHashMap<String, Object>();
    document.put("openapi", "3.0.0");
    document.put("info", info());
    document.put("paths", new OpenApiPaths(schema, schemas, true).all());
    document.put("components", Map.of("schemas", schemas.all()));
    return document;
  }

  private Map<String, Object> index() {
    // Clients keep the document for as long as its address stays the same.
    String address = "/openapi/v3/api/v1?hash=" + Integer.toHexString(version3().hashCode());
    return Map.of("paths", Map.of("api/v1", Map.of("serverRelativeURL", address)));
  }

  private Map<String, Object> info() {
    return Map.of("title", "Sandjar", "version", version);
  }
}
