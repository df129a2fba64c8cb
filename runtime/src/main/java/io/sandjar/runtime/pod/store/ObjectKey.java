package io.sandjar.runtime.pod.store;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;

/**
 * What an object is found by.
 *
 * @param namespace empty for a kind of the whole node
 */
public record ObjectKey(String kind, String namespace, String name) {

  public static ObjectKey of(Map<String, Object> object) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    return new ObjectKey(
        Trees.string(object, "kind", ""),
        Trees.string(metadata, "namespace", ""),
        Trees.string(metadata, "name", ""));
  }

  /** {@code Pod default/echo}. */
  @Override
  public String toString() {
    return kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
  }
}
