package io.sandjar.runtime.pod.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the containers that are being ended are given, by pod: a deletion shortens it, whatever it
 * was that began to end them, and also for those whose turn has not come.
 */
final class Graces {
  /** What a container has at least, unless its pod is removed by force. */
  static final Duration LEAST = Duration.ofSeconds(2);

  private final Map<String, OfPod> pods = new HashMap<>();

  private static final class OfPod {
    private final Set<Grace> running = new HashSet<>();
    private final Grace most = new Grace(Duration.ofSeconds(Long.MAX_VALUE));
    private boolean forced;

    Grace begin(Duration length) {
      Duration left = most.left();
      Duration shorter = length.compareTo(left) < 0 ? length : left;
      return new Grace(forced ? Duration.ZERO : atLeast(shorter));
    }
  }

  private static Duration atLeast(Duration length) {
    return length.compareTo(LEAST) < 0 ? LEAST : length;
  }

  /** Does the work within a grace period that {@link #shorten} reaches. */
  void within(String uid, Duration length, Consumer<Grace> work) {
    Grace grace;
    OfPod pod;
    synchronized (this) {
      pod = pods.computeIfAbsent(uid, missing -> new OfPod());
      grace = pod.begin(length);
      pod.running.add(grace);
    }
    try {
      work.accept(grace);
    } finally {
      synchronized (this) {
        pod.running.remove(grace);
      }
      grace.close();
    }
  }

  /**
   * From now on nothing of the pod has longer to end than this.
   *
   * @param length zero to end it by force
   */
  synchronized void shorten(String uid, Duration length) {
    OfPod pod = pods.computeIfAbsent(uid, missing -> new OfPod());
    pod.forced |= length.isZero();
    Duration most = pod.forced ? Duration.ZERO : atLeast(length);
    pod.most.shorten(most);
    pod.running.forEach(grace -> grace.shorten(most));
  }

  /** The pod is gone. */
  synchronized void forget(String uid) {
    OfPod gone = pods.remove(uid);
    if (gone != null) {
      gone.most.close();
    }
  }
}
