package io.sandjar.runtime.api.openapi;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Writes an OpenAPI v2 document as the protobuf message {@code openapi.v2.Document} of gnostic,
 * which is the only form of it that kubectl's older releases read. The numbers are that message's.
 */
final class OpenApiProto {

  private OpenApiProto() {}

  /** Writes the fields of one message. */
  @FunctionalInterface
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  static byte[] document(Map<String, Object> document) {
    return message(
            out -> {
              text(out, 1, document.get("swagger"));
              Map<String, Object> info = Trees.object(document, "info");
              nested(
                  out,
                  2,
                  inside -> {
                    text(inside, 1, info.get("title"));
                    text(inside, 2, info.get("version"));
                  });
              nested(out, 8, inside -> paths(inside, Trees.object(document, "paths")));
              nested(out, 9, inside -> namedSchemas(inside, Trees.object(document, "definitions")));
            })
        .toByteArray();
  }

  private static void paths(CodedOutputStream out, Map<String, Object> paths) throws IOException {
    for (String path : paths.keySet()) {
      Map<String, Object> verbs = Trees.object(paths, path);
      nested(
          out,
          2,
          inside -> {
            text(inside, 1, path);
            nested(inside, 2, item -> pathItem(item, verbs));
          });
    }
  }

  private static void pathItem(CodedOutputStream out, Map<String, Object> verbs)
      throws IOException {
    Map<String, Integer> numbers = Map.of("get", 2, "put", 3, "post", 4, "delete", 5, "patch", 8);
    for (String verb : verbs.keySet()) {
      nested(out, numbers.get(verb), inside -> operation(inside, Trees.object(verbs, verb)));
    }
  }

  private static void operation(CodedOutputStream out, Map<String, Object> operation)
      throws IOException {
    text(out, 3, operation.get("description"));
    text(out, 5, operation.get("operationId"));
    for (Map<String, Object> parameter : Trees.objects(operation, "parameters")) {
      // ParametersItem.parameter / Parameter.non_body_parameter / query_parameter_sub_schema.
      nested(
          out,
          8,
          item ->
              nested(
                  item,
                  1,
                  any ->
                      nested(
                          any,
                          2,
                          nonBody -> nested(nonBody, 3, query -> query(query, parameter)))));
    }
    Map<String, Object> ok = Trees.object(operation, "responses", "200");
    nested(
        out,
        9,
        responses ->
            nested(
                responses,
                1,
                named -> {
                  text(named, 1, "200");
                  nested(
                      named,
                      2,
                      value ->
                          nested(
                              value,
                              1,
                              response -> {
                                text(response, 1, ok.get("description"));
                                nested(
                                    response,
                                    2,
                                    item ->
                                        nested(
                                            item, 1, in -> schema(in, Trees.object(ok, "schema"))));
                              }));
                }));
    extensions(out, 13, operation);
  }

  private static void query(CodedOutputStream out, Map<String, Object> parameter)
      throws IOException {
    text(out, 2, parameter.get("in"));
    text(out, 4, parameter.get("name"));
    text(out, 6, parameter.get("type"));
    out.writeBool(20, true);
  }

  private static void namedSchemas(CodedOutputStream out, Map<String, Object> schemas)
      throws IOException {
    for (String name : schemas.keySet()) {
      nested(
          out,
          1,
          inside -> {
            text(inside, 1, name);
            nested(inside, 2, value -> schema(value, Trees.object(schemas, name)));
          });
    }
  }

  private static void schema(CodedOutputStream out, Map<String, Object> schema) throws IOException {
    text(out, 1, schema.get("$ref"));
    text(out, 2, schema.get("format"));
    text(out, 4, schema.get("description"));
    for (String required : Trees.strings(schema, "required")) {
      text(out, 19, required);
    }
    if (schema.containsKey("additionalProperties")) {
      Map<String, Object> value = Trees.object(schema, "additionalProperties");
      nested(out, 21, item -> nested(item, 1, inside -> schema(inside, value)));
    }
    if (schema.containsKey("type")) {
      nested(out, 22, item -> text(item, 1, schema.get("type")));
    }
    if (schema.containsKey("items")) {
      Map<String, Object> items = Trees.object(schema, "items");
      nested(out, 23, item -> nested(item, 1, inside -> schema(inside, items)));
    }
    if (schema.containsKey("properties")) {
      Map<String, Object> properties = Trees.object(schema, "properties");
      nested(out, 25, inside -> namedSchemas(inside, properties));
    }
    extensions(out, 31, schema);
  }

  /** The x-kubernetes-... entries: their values are YAML in the message, and JSON is YAML. */
  private static void extensions(CodedOutputStream out, int field, Map<String, Object> tree)
      throws IOException {
    for (Map.Entry<String, Object> entry : tree.entrySet()) {
      if (entry.getKey().startsWith("x-")) {
        String yaml = yaml(entry.getValue());
        nested(
            out,
            field,
            named -> {
              text(named, 1, entry.getKey());
              nested(named, 2, any -> text(any, 2, yaml));
            });
      }
    }
  }

  private static String yaml(Object value) throws IOException {
    return value instanceof Map<?, ?> || value instanceof List<?>
        ? JSON.std.asString(value)
        : String.valueOf(value);
  }

  private static void text(CodedOutputStream out, int field, Object value) throws IOException {
    if (value != null) {
      out.writeString(field, value.toString());
    }
  }

  private static void nested(CodedOutputStream out, int field, Fields fields) throws IOException {
    out.writeBytes(field, message(fields));
  }

  private static ByteString message(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("write the OpenAPI document", e);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }
}
