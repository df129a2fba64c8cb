package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.env.PodFields;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.schema.Trees;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of configMap, secret, downwardAPI and projected volumes. */
final class SettingFiles {
  private final Settings settings;
  private final ResourceFields resources;

  SettingFiles(Settings settings, ResourceFields resources) {
    this.settings = settings;
    this.resources = resources;
  }

  /** Whether the volume is of one of these kinds. */
  static boolean isKindOf(Map<String, Object> volume) {
    return List.of("configMap", "secret", "downwardAPI", "projected").stream()
        .anyMatch(volume::containsKey);
  }

  Map<String, AtomicFolder.Content> of(Map<String, Object> pod, Map<String, Object> volume)
      throws ConfigErrorException {
    var files = new LinkedHashMap<String, AtomicFolder.Content>();
    if (volume.get("projected") instanceof Map<?, ?>) {
      Map<String, Object> projected = Trees.object(volume, "projected");
      for (Map<String, Object> source : Trees.objects(projected, "sources")) {
        add(pod, source, mode(projected, 0644), files);
      }
    } else {
      add(pod, volume, 0644, files);
    }
    return files;
  }

  private void add(
      Map<String, Object> pod,
      Map<String, Object> source,
      int otherwise,
      Map<String, AtomicFolder.Content> files)
      throws ConfigErrorException {
    String namespace = Trees.string(Trees.object(pod, "metadata"), "namespace", "");
    if (source.get("configMap") instanceof Map<?, ?>) {
      Map<String, Object> configMap = Trees.object(source, "configMap");
      String name = Trees.string(configMap, "name", "");
      keys("configmap", name, settings.configMap(namespace, name), configMap, otherwise, files);
    } else if (source.get("secret") instanceof Map<?, ?>) {
      Map<String, Object> secret = Trees.object(source, "secret");
      String name = Trees.string(secret, "secretName", Trees.string(secret, "name", ""));
      keys("secret", name, settings.secret(namespace, name), secret, otherwise, files);
    } else if (source.get("downwardAPI") instanceof Map<?, ?>) {
      downward(pod, Trees.object(source, "downwardAPI"), otherwise, files);
    }
  }

  private static void keys(
      String kind,
      String name,
      Optional<Map<String, byte[]>> found,
      Map<String, Object> source,
      int otherwise,
      Map<String, AtomicFolder.Content> files)
      throws ConfigErrorException {
    boolean optional = Trees.flag(source, "optional");
    if (found.isEmpty() && !optional) {
      throw new ConfigErrorException(kind + " \"" + name + "\" not found");
    }
    Map<String, byte[]> keys = found.orElse(Map.of());
    int mode = mode(source, otherwise);
    List<Map<String, Object>> items = Trees.objects(source, "items");
    if (items.isEmpty()) {
      keys.forEach((key, bytes) -> files.put(key, new AtomicFolder.Content(bytes, mode)));
    }
    for (Map<String, Object> item : items) {
      String key = Trees.string(item, "key", "");
      byte[] bytes = keys.get(key);
      if (bytes != null) {
        files.put(
            Trees.string(item, "path", ""), new AtomicFolder.Content(bytes, itemMode(item, mode)));
      } else if (!optional) {
        throw new ConfigErrorException(
            kind + " \"" + name + "\" references non-existent config key: " + key);
      }
    }
  }

  private void downward(
      Map<String, Object> pod,
      Map<String, Object> source,
      int otherwise,
      Map<String, AtomicFolder.Content> files) {
    int mode = mode(source, otherwise);
    for (Map<String, Object> item : Trees.objects(source, "items")) {
      String value =
          item.get("fieldRef") instanceof Map<?, ?>
              ? PodFields.value(pod, Trees.string(Trees.object(item, "fieldRef"), "fieldPath", ""))
                  .orElse("")
              : resources.value(pod, Map.of(), Trees.object(item, "resourceFieldRef"));
      files.put(
          Trees.string(item, "path", ""),
          new AtomicFolder.Content(value.getBytes(StandardCharsets.UTF_8), itemMode(item, mode)));
    }
  }

  private static int mode(Map<String, Object> source, int otherwise) {
    return Trees.number(source, "defaultMode").map(Long::intValue).orElse(otherwise);
  }

  private static int itemMode(Map<String, Object> item, int otherwise) {
    return Trees.number(item, "mode").map(Long::intValue).orElse(otherwise);
  }
}
