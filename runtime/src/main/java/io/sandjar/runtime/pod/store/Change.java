package io.sandjar.runtime.pod.store;

import java.util.Map;
import java.util.Optional;

/**
 * One change of the store, as a watch tells it.
 *
 * @param version the resourceVersion that the change made
 * @param object after the change; for a deletion, the last state
 * @param before absent for an addition
 * @param bytes the size of the object as JSON
 */
public record Change(
    Type type,
    ObjectKey key,
    long version,
    Map<String, Object> object,
    Optional<Map<String, Object>> before,
    long bytes) {

  /** The words of the watch protocol. */
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED
  }
}
