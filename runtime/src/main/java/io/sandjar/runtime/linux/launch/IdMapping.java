package io.sandjar.runtime.linux.launch;

import java.util.List;
import java.util.stream.Collectors;

/** A range of ids inside a user namespace and the host's ids that they are; user_namespaces(7). */
public record IdMapping(long containerId, long hostId, long length) {
  private static final long MOST_IDS = 1L << 32;

  public IdMapping {
    if (containerId < 0 || hostId < 0 || length <= 0) {
      throw new IllegalArgumentException(
          "not an id mapping: %d ids from %d to %d".formatted(length, containerId, hostId));
    }
    if (containerId + length > MOST_IDS || hostId + length > MOST_IDS) {
      throw new IllegalArgumentException(
          "the id mapping of %d ids from %d to %d leaves the range of ids"
              .formatted(length, containerId, hostId));
    }
  }

  /** As {@code /proc/PID/uid_map} takes them. */
  static String text(List<IdMapping> mappings) {
    return mappings.stream()
        .map(each -> each.containerId + " " + each.hostId + " " + each.length + "\n")
        .collect(Collectors.joining());
  }

  /** The host's id of root inside. */
  static int rootOf(List<IdMapping> mappings) {
    return mappings.stream()
        .filter(each -> each.containerId == 0)
        .findAny()
        .map(each -> (int) each.hostId)
        .orElseThrow(
            () -> new IllegalArgumentException("the user namespace's mappings leave out id 0"));
  }
}
