package io.sandjar.runtime.pod.node;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What a pod's worker knows beyond the engine's records: why containers wait, what probes say. */
final class PodMemory {
  private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
  private final Map<String, Boolean> started = new ConcurrentHashMap<>();
  private final Map<String, Boolean> ready = new ConcurrentHashMap<>();
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  void waits(String container, Waiting why) {
    waiting.put(container, why);
  }

  void waitsNoMore(String container) {
    waiting.remove(container);
  }

  Optional<Waiting> waiting(String container) {
    return Optional.ofNullable(waiting.get(container));
  }

  /** What the startup probe of a container (by its id) says; absent without one. */
  void started(String containerId, boolean is) {
    started.put(containerId, is);
  }

  Optional<Boolean> started(String containerId) {
    return Optional.ofNullable(started.get(containerId));
  }

  /** What the readiness probe of a container (by its id) says; absent without one. */
  void ready(String containerId, boolean is) {
    ready.put(containerId, is);
  }

  Optional<Boolean> ready(String containerId) {
    return Optional.ofNullable(ready.get(containerId));
  }

  /** A probe or hook wants this container (by its id) ended. */
  void failed(String containerId, Failure what) {
    failures.put(containerId, what);
  }

  Optional<Failure> failure(String containerId) {
    return Optional.ofNullable(failures.get(containerId));
  }

  /** Nothing is kept of a container that is gone. */
  void forget(String containerId) {
    started.remove(containerId);
    ready.remove(containerId);
    failures.remove(containerId);
  }
}
