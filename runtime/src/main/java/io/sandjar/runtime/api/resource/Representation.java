package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.table.Tables;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The form in which a client wants its objects: as they are, as a table, or only their metadata.
 */
final class Representation {

  private enum Form {
    PLAIN,
    TABLE,
    METADATA
  }

  private final ObjectType kind;
  private final Form form;
  private final Tables.Include include;
  private final InstantSource clock;

  private Representation(ObjectType kind, Form form, Tables.Include include, InstantSource clock) {
    this.kind = kind;
    this.form = form;
    this.include = include;
    this.clock = clock;
  }

  /**
   * @param clock tells the age of things when they are shown, which in a watch is long after now
   */
  static Representation wanted(ObjectType kind, Request request, InstantSource clock) {
    String accept = request.header("accept").orElse("");
    // The first form that we know; kubectl names plain JSON last, for servers that know no tables.
    Form form = Form.PLAIN;
    for (String choice : accept.split(",")) {
      String type = choice.replace(" ", "");
      if (type.contains("as=Table")) {
        form = Form.TABLE;
        break;
      }
      if (type.contains("as=PartialObjectMetadata")) {
        form = Form.METADATA;
        break;
      }
      if (type.startsWith("application/json")) {
        break;
      }
    }
    String include = request.query("includeObject").orElse("Metadata").toUpperCase(Locale.ROOT);
    return new Representation(
        kind,
        form,
        switch (include) {
          case "NONE" -> Tables.Include.NONE;
          case "OBJECT" -> Tables.Include.OBJECT;
          default -> Tables.Include.METADATA;
        },
        clock);
  }

  Map<String, Object> one(Map<String, Object> object) {
    return switch (form) {
      case PLAIN -> object;
      case METADATA -> Tables.partial(object);
      case TABLE ->
          Tables.table(
              kind.name(),
              List.of(object),
              Map.of(
                  "resourceVersion",
                  Trees.string(Trees.object(object, "metadata"), "resourceVersion", "")),
              include,
              clock.instant());
    };
  }

  Map<String, Object> list(List<Map<String, Object>> objects, Map<String, Object> metadata) {
    if (form == Form.TABLE) {
      return Tables.table(kind.name(), objects, metadata, include, clock.instant());
    }
    var list = new LinkedHashMap<String, Object>();
    list.put("kind", form == Form.PLAIN ? kind.name() + "List" : "PartialObjectMetadataList");
    list.put("apiVersion", form == Form.PLAIN ? "v1" : "meta.k8s.io/v1");
    list.put("metadata", metadata);
    list.put("items", objects.stream().map(this::element).toList());
    return list;
  }

  /** An object that has nothing but the version that a watch has come to. */
  Map<String, Object> bookmark(Map<String, Object> metadata) {
    if (form == Form.TABLE) {
      return Tables.table(kind.name(), List.of(), metadata, include, clock.instant());
    }
    var object = new LinkedHashMap<String, Object>();
    object.put("kind", form == Form.PLAIN ? kind.name() : "PartialObjectMetadata");
    object.put("apiVersion", form == Form.PLAIN ? "v1" : "meta.k8s.io/v1");
    object.put("metadata", metadata);
    return object;
  }

  private Map<String, Object> element(Map<String, Object> object) {
    return form == Form.METADATA ? Tables.partial(object) : object;
  }
}
