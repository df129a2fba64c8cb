package io.sandjar.runtime.cri;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the node has answered the clients of {@link Chaos}, to which it is held afterwards. */
final class Promises {
  /** Where each container notes outside of the node how many lines it has written. */
  static final String PROGRESS = "progress";

  /** How many lines each container writes. */
  static final int LINES = 400;

  /** Containers whose start was answered well. */
  final Set<String> started = ConcurrentHashMap.newKeySet();

  /** Containers whose making was answered and whose removal was not asked for: id to pod. */
  final Map<String, String> made = new ConcurrentHashMap<>();

  /** What each client's own image is called in whole. */
  final Map<String, String> served = new ConcurrentHashMap<>();

  /** Images of a client's own, and whether the node has them; absent where nobody can know. */
  final Map<String, Boolean> images = new ConcurrentHashMap<>();

  void forget() {
    started.clear();
    made.clear();
    served.clear();
    images.clear();
  }
}
