package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import java.util.List;
import java.util.Map;

/** What a description tells of each volume. */
final class VolumeLines {

  private VolumeLines() {}

  static void write(Lines lines, List<Map<String, Object>> volumes) {
    if (volumes.isEmpty()) {
      lines.field(0, "Volumes", "<none>");
      return;
    }
    lines.line(0, "Volumes:");
    for (var volume : volumes) {
      lines.line(1, volume.get("name") + ":");
      var kind = volume.keySet().stream().filter(key -> !key.equals("name")).findFirst().orElse("");
      source(lines, kind, KubeApi.map(volume, kind));
    }
  }

  private static void source(Lines lines, String kind, Map<String, Object> source) {
    switch (kind) {
      case "hostPath" -> {
        lines.field(2, "Type", "HostPath (bare host directory volume)");
        lines.field(2, "Path", source.get("path"));
        lines.field(2, "HostPathType", source.getOrDefault("type", ""));
      }
      case "emptyDir" -> {
        lines.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        lines.field(2, "Medium", source.getOrDefault("medium", ""));
        lines.field(2, "SizeLimit", source.getOrDefault("sizeLimit", "<unset>"));
      }
      case "secret" -> {
        lines.field(2, "Type", "Secret (a volume populated by a Secret)");
        lines.field(2, "SecretName", source.get("secretName"));
        lines.field(2, "Optional", source.getOrDefault("optional", false));
      }
      case "configMap" -> {
        lines.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        lines.field(2, "Name", source.get("name"));
        lines.field(2, "Optional", source.getOrDefault("optional", false));
      }
      case "downwardAPI" -> {
        lines.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        items(lines, source);
      }
      case "projected" -> projected(lines, source);
      case "image" -> {
        lines.field(2, "Type", "Image (a container image or OCI artifact)");
        lines.field(2, "Reference", source.get("reference"));
        lines.field(2, "PullPolicy", source.get("pullPolicy"));
      }
      default -> lines.line(1, "<unknown>");
    }
  }

  private static void items(Lines lines, Map<String, Object> source) {
    lines.line(2, "Items:");
    for (var item : KubeApi.maps(source, "items")) {
      var field = KubeApi.map(item, "fieldRef").get("fieldPath");
      var resource = KubeApi.map(item, "resourceFieldRef").get("resource");
      lines.line(3, (field == null ? resource : field) + " -> " + item.get("path"));
    }
  }

  private static void projected(Lines lines, Map<String, Object> source) {
    lines.field(
        2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for (var part : KubeApi.maps(source, "sources")) {
      var secret = KubeApi.map(part, "secret");
      var map = KubeApi.map(part, "configMap");
      if (!secret.isEmpty()) {
        lines.field(2, "SecretName", secret.get("name"));
        lines.field(2, "Optional", secret.getOrDefault("optional", false));
      } else if (!map.isEmpty()) {
        lines.field(2, "ConfigMapName", map.get("name"));
        lines.field(2, "Optional", map.getOrDefault("optional", false));
      } else if (part.containsKey("downwardAPI")) {
        lines.field(2, "DownwardAPI", true);
      }
    }
  }
}
