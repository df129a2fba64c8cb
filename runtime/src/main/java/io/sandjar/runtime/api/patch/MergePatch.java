package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON merge patch, RFC 7386: objects are merged, null deletes, all else replaces. */
public final class MergePatch {

  private MergePatch() {}

  public static Map<String, Object> apply(Map<String, Object> target, Map<String, Object> patch) {
    var result = new LinkedHashMap<>(target);
    patch.forEach(
        (key, value) -> {
          if (value == null) {
            result.remove(key);
          } else if (value instanceof Map<?, ?>) {
            result.put(key, apply(Trees.object(result, key), Trees.object(patch, key)));
          } else {
            result.put(key, Trees.copyOf(value));
          }
        });
    return result;
  }
}
