package io.sandjar.runtime.pod.env;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The config maps and secrets of the namespaces, as keys and bytes. */
public final class Settings {
  private final ObjectStore store;

  public Settings(ObjectStore store) {
    this.store = store;
  }

  /** The keys of a config map; empty where there is none of that name. */
  public Optional<Map<String, byte[]>> configMap(String namespace, String name) {
    return store
        .find(new ObjectKey("ConfigMap", namespace, name))
        .map(
            object -> {
              var keys = new LinkedHashMap<String, byte[]>();
              Trees.stringMap(object, "data")
                  .forEach((key, text) -> keys.put(key, text.getBytes(StandardCharsets.UTF_8)));
              Trees.stringMap(object, "binaryData")
                  .forEach((key, text) -> keys.put(key, Base64.getDecoder().decode(text)));
              return keys;
            });
  }

  /** The keys of a secret; empty where there is none of that name. */
  public Optional<Map<String, byte[]>> secret(String namespace, String name) {
    return store
        .find(new ObjectKey("Secret", namespace, name))
        .map(
            object -> {
              var keys = new LinkedHashMap<String, byte[]>();
              Trees.stringMap(object, "data")
                  .forEach((key, text) -> keys.put(key, Base64.getDecoder().decode(text)));
              return keys;
            });
  }
}
