package io.sandjar.runtime.pod.env;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The fields of a pod that its containers may read: the downward API's fieldRef. */
public final class PodFields {
  private static final Pattern ONE_KEY =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)']");

  private PodFields() {}

  /** The field's value as text; empty where the path names nothing that is known. */
  public static Optional<String> value(Map<String, Object> pod, String path) {
    Map<String, Object> metadata = Trees.object(pod, "metadata");
    Map<String, Object> spec = Trees.object(pod, "spec");
    Map<String, Object> status = Trees.object(pod, "status");
    Matcher key = ONE_KEY.matcher(path);
    if (key.matches()) {
      return Optional.of(Trees.stringMap(metadata, key.group(1)).getOrDefault(key.group(2), ""));
    }
    return switch (path) {
      case "metadata.name" -> Trees.string(metadata, "name");
      case "metadata.namespace" -> Trees.string(metadata, "namespace");
      case "metadata.uid" -> Trees.string(metadata, "uid");
      case "metadata.labels" -> Optional.of(lines(metadata, "labels"));
      case "metadata.annotations" -> Optional.of(lines(metadata, "annotations"));
      case "spec.nodeName" -> Optional.of(Trees.string(spec, "nodeName", ""));
      case "spec.serviceAccountName" ->
          Optional.of(Trees.string(spec, "serviceAccountName", "default"));
      case "status.hostIP", "status.podIP" ->
          Optional.of(Trees.string(status, path.substring("status.".length()), ""));
      case "status.hostIPs", "status.podIPs" ->
          Optional.of(
              Trees.objects(status, path.substring("status.".length())).stream()
                  .map(ip -> Trees.string(ip, "ip", ""))
                  .collect(Collectors.joining(",")));
      default -> Optional.empty();
    };
  }

  /** One {@code key="value"} a line, in the order of the keys, as the kubelet writes it. */
  private static String lines(Map<String, Object> metadata, String field) {
    return new TreeMap<>(Trees.stringMap(metadata, field))
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=\"" + escaped(entry.getValue()) + '"')
            .collect(Collectors.joining("\n"));
  }

  private static String escaped(String value) {
    return value
        .replace("\\", "\\\\")
        .replace("\"", "\\\"")
        .replace("\n", "\\n")
        .replace("\t", "\\t");
  }
}
