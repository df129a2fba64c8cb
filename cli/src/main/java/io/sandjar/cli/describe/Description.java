package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.ResourceType;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An object told for people, with what happened to it. */
public final class Description {

  private Description() {}

  /**
   * The text, which ends in a newline.
   *
   * @param events that happened to the object
   * @param pods those that run on it, where it is a node
   */
  public static String of(
      ResourceType type,
      Map<String, Object> object,
      List<Map<String, Object>> events,
      List<Map<String, Object>> pods) {
    var lines = new Lines();
    switch (type.kind()) {
      case "Pod" -> PodDescription.write(lines, object);
      case "Node" -> NodeDescription.write(lines, object, pods);
      case "Namespace" -> namespace(lines, object);
      case "ConfigMap" -> configMap(lines, object);
      case "Secret" -> secret(lines, object);
      default -> anything(lines, object);
    }
    if (!type.equals(ResourceType.SECRET)
        && !type.equals(ResourceType.NAMESPACE)
        && !type.equals(ResourceType.EVENT)) {
      if (type.equals(ResourceType.CONFIG_MAP)) {
        lines.line(0, "");
      }
      EventLines.write(lines, events);
    }
    return lines.text();
  }

  static void head(Lines lines, Map<String, Object> object, boolean namespaced) {
    var metadata = KubeApi.map(object, "metadata");
    lines.field(0, "Name", metadata.get("name"));
    if (namespaced) {
      lines.field(0, "Namespace", metadata.get("namespace"));
    }
    lines.labels(0, "Labels", KubeApi.map(metadata, "labels"));
    lines.annotations(KubeApi.map(metadata, "annotations"));
  }

  private static void namespace(Lines lines, Map<String, Object> object) {
    head(lines, object, false);
    lines.field(0, "Status", KubeApi.map(object, "status").getOrDefault("phase", ""));
  }

  private static void configMap(Lines lines, Map<String, Object> object) {
    head(lines, object, true);
    lines.line(0, "");
    section(lines, "Data");
    new TreeMap<>(KubeApi.map(object, "data"))
        .forEach(
            (key, value) -> {
              lines.line(0, key + ":");
              lines.line(0, "----");
              lines.line(0, value.toString());
              lines.line(0, "");
            });
    lines.line(0, "");
    section(lines, "BinaryData");
    new TreeMap<>(KubeApi.map(object, "binaryData"))
        .forEach((key, value) -> lines.line(0, key + ": " + bytes(value)));
  }

  private static void secret(Lines lines, Map<String, Object> object) {
    head(lines, object, true);
    lines.line(0, "");
    lines.field(0, "Type", " " + object.getOrDefault("type", "Opaque"));
    lines.line(0, "");
    section(lines, "Data");
    new TreeMap<>(KubeApi.map(object, "data"))
        .forEach((key, value) -> lines.field(0, key, " " + bytes(value)));
  }

  private static void section(Lines lines, String title) {
    lines.line(0, title);
    lines.line(0, "=".repeat(4));
  }

  private static String bytes(Object base64) {
    return Base64.getDecoder().decode(base64.toString()).length + " bytes";
  }

  /** Field by field, as kubectl does with kinds that it does not know. */
  private static void anything(Lines lines, Map<String, Object> object) {
    head(lines, object, true);
    fields(lines, 0, object, List.of("metadata"));
  }

  private static void fields(Lines lines, int level, Map<?, ?> object, List<String> leftOut) {
    for (var entry : object.entrySet()) {
      var name = entry.getKey().toString();
      if (leftOut.contains(name)) {
        continue;
      }
      var title = Character.toUpperCase(name.charAt(0)) + name.substring(1);
      if (entry.getValue() instanceof Map<?, ?> map) {
        lines.line(level, title + ":");
        fields(lines, level + 1, map, List.of());
      } else {
        lines.field(level, title, entry.getValue());
      }
    }
  }
}
