package io.sandjar.runtime.pod.store;

import java.util.Map;
import java.util.Optional;

/**
 * One change of the store, as a watch tells it.
 *
 * @param version the resourceVersion that the change made
 * @param object after the change; for a deletion, the last state
 * @param before absent for an addition
 */
public record Change(
    Type type,
    ObjectKey key,
    long version,
    Map<String, Object> object,
    Optional<Map<String, Object>> before) {

  /** The words of the watch protocol. */
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED
  }
}
