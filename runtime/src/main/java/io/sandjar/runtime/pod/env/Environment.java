package io.sandjar.runtime.pod.env;

import io.sandjar.runtime.pod.schema.Trees;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Works out a container's environment from the pod, config maps and secrets. */
public final class Environment {
  private final Settings settings;
  private final ResourceFields resources;

  public Environment(Settings settings, ResourceFields resources) {
    this.settings = settings;
    this.resources = resources;
  }

  /** The variables in the order of the manifest: envFrom first, and a later one wins. */
  public Map<String, String> of(Map<String, Object> pod, Map<String, Object> container)
      throws ConfigErrorException {
    String namespace = Trees.string(Trees.object(pod, "metadata"), "namespace", "");
    var variables = new LinkedHashMap<String, String>();
    for (Map<String, Object> source : Trees.objects(container, "envFrom")) {
      String prefix = Trees.string(source, "prefix", "");
      wholeObject(namespace, source)
          .forEach(
              (key, value) ->
                  variables.put(prefix + key, new String(value, StandardCharsets.UTF_8)));
    }
    for (Map<String, Object> variable : Trees.objects(container, "env")) {
      String name = Trees.string(variable, "name", "");
      if (variable.get("valueFrom") instanceof Map<?, ?>) {
        source(pod, container, Trees.object(variable, "valueFrom"))
            .ifPresent(value -> variables.put(name, value));
      } else {
        variables.put(name, Expansion.expand(Trees.string(variable, "value", ""), variables));
      }
    }
    return variables;
  }

  private Map<String, byte[]> wholeObject(String namespace, Map<String, Object> source)
      throws ConfigErrorException {
    boolean secret = source.get("secretRef") instanceof Map<?, ?>;
    Map<String, Object> reference = Trees.object(source, secret ? "secretRef" : "configMapRef");
    Optional<Map<String, byte[]>> keys = find(secret, namespace, reference);
    if (keys.isEmpty() && !Trees.flag(reference, "optional")) {
      throw missing(secret, reference);
    }
    return keys.orElse(Map.of());
  }

  private Optional<String> source(
      Map<String, Object> pod, Map<String, Object> container, Map<String, Object> source)
      throws ConfigErrorException {
    if (source.get("fieldRef") instanceof Map<?, ?>) {
      String path = Trees.string(Trees.object(source, "fieldRef"), "fieldPath", "");
      return PodFields.value(pod, path);
    }
    if (source.get("resourceFieldRef") instanceof Map<?, ?>) {
      return Optional.of(resources.value(pod, container, Trees.object(source, "resourceFieldRef")));
    }
    boolean secret = source.get("secretKeyRef") instanceof Map<?, ?>;
    Map<String, Object> reference =
        Trees.object(source, secret ? "secretKeyRef" : "configMapKeyRef");
    String namespace = Trees.string(Trees.object(pod, "metadata"), "namespace", "");
    Optional<Map<String, byte[]>> keys = find(secret, namespace, reference);
    boolean optional = Trees.flag(reference, "optional");
    if (keys.isEmpty()) {
      if (optional) {
        return Optional.empty();
      }
      throw missing(secret, reference);
    }
    String key = Trees.string(reference, "key", "");
    byte[] value = keys.get().get(key);
    if (value == null && !optional) {
      throw new ConfigErrorException(
          "couldn't find key "
              + key
              + " in "
              + (secret ? "Secret " : "ConfigMap ")
              + namespace
              + "/"
              + Trees.string(reference, "name", ""));
    }
    return Optional.ofNullable(value).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private Optional<Map<String, byte[]>> find(
      boolean secret, String namespace, Map<String, Object> reference) {
    String name = Trees.string(reference, "name", "");
    return secret ? settings.secret(namespace, name) : settings.configMap(namespace, name);
  }

  private static ConfigErrorException missing(boolean secret, Map<String, Object> reference) {
    return new ConfigErrorException(
        (secret ? "secret \"" : "configmap \"")
            + Trees.string(reference, "name", "")
            + "\" not found");
  }
}
