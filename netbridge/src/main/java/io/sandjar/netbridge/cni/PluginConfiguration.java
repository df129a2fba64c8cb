package io.sandjar.netbridge.cni;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One plugin of a network, as its author wrote it.
 *
 * @param type the plugin's file name in the binary folders
 * @param capabilities what the plugin wants to be told about a pod, for example {@code
 *     portMappings}
 */
public record PluginConfiguration(
    String type, Set<String> capabilities, Map<String, Object> document) {

  static PluginConfiguration of(String source, Object listed) throws CniException {
    if (!(listed instanceof Map<?, ?> map)
        || !(map.get("type") instanceof String type)
        || type.isEmpty()) {
      throw new CniException(source + ": a plugin has no \"type\"");
    }
    // It is looked up in the binary folders and nowhere else.
    if (type.contains("/")) {
      throw new CniException(source + ": plugin type \"" + type + "\" must not contain a slash");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    map.forEach((key, value) -> document.put(String.valueOf(key), value));
    Map<String, Object> enabled = new TreeMap<>();
    if (document.get("capabilities") instanceof Map<?, ?> capabilities) {
      capabilities.forEach(
          (name, wanted) -> {
            if (Boolean.TRUE.equals(wanted)) {
              enabled.put(String.valueOf(name), wanted);
            }
          });
    }
    return new PluginConfiguration(type, Set.copyOf(enabled.keySet()), document);
  }

  /**
   * What the plugin reads on its standard input: its own document, the network's name and version,
   * and of {@code capabilityArgs} only what it declared.
   *
   * @param extra {@code prevResult} and the like
   */
  Map<String, Object> input(
      NetworkConfiguration network, Map<String, Object> capabilityArgs, Map<String, Object> extra) {
    Map<String, Object> input = new LinkedHashMap<>(document);
    input.remove("capabilities");
    input.put("name", network.name());
    input.put("cniVersion", network.version().toString());
    Map<String, Object> runtimeConfig = new LinkedHashMap<>();
    for (Map.Entry<String, Object> arg : capabilityArgs.entrySet()) {
      if (capabilities.contains(arg.getKey()) && !isEmpty(arg.getValue())) {
        runtimeConfig.put(arg.getKey(), arg.getValue());
      }
    }
    if (!runtimeConfig.isEmpty()) {
      input.put("runtimeConfig", runtimeConfig);
    }
    input.putAll(extra);
    return input;
  }

  private static boolean isEmpty(Object value) {
    return value == null
        || value instanceof List<?> list && list.isEmpty()
        || value instanceof Map<?, ?> map && map.isEmpty();
  }
}
