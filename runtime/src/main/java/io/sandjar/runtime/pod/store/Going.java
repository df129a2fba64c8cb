package io.sandjar.runtime.pod.store;

import io.sandjar.runtime.pod.schema.Trees;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** The mark of an object that is being deleted: until when, and how long that is. */
public final class Going {
  /** Nobody waits for 68 years, and no client reads a time that is much later. */
  private static final long LONGEST_SECONDS = Integer.MAX_VALUE;

  private Going() {}

  /** Marks the object; a second mark can only make it go sooner. */
  public static void mark(Map<String, Object> object, long graceSeconds, Instant now) {
    long grace = Math.min(graceSeconds, LONGEST_SECONDS);
    Map<String, Object> metadata = Trees.objectIn(object, "metadata");
    long earlier = Trees.number(metadata, "deletionGracePeriodSeconds").orElse(Long.MAX_VALUE);
    if (grace < earlier) {
      metadata.put(
          "deletionTimestamp", now.plusSeconds(grace).truncatedTo(ChronoUnit.SECONDS).toString());
      metadata.put("deletionGracePeriodSeconds", grace);
    }
  }

  /** How long a pod asks to be given. */
  public static long graceSeconds(Map<String, Object> pod) {
    return Trees.number(Trees.object(pod, "spec"), "terminationGracePeriodSeconds").orElse(30L);
  }

  public static boolean isMarked(Map<String, Object> object) {
    return Trees.object(object, "metadata").containsKey("deletionTimestamp");
  }
}
