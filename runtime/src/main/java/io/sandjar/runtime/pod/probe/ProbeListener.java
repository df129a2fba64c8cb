package io.sandjar.runtime.pod.probe;

/**
 * Learns what a container's probes found. Called on an event loop, one call after the other: it
 * hands on what takes time.
 */
public interface ProbeListener {

  /** The startup probe has succeeded, or there is none: the container counts as started. */
  void started();

  /** The container may take requests from now on, or may no more. */
  void readinessChanged(boolean ready);

  /** The container must be restarted; nothing more is probed until then. */
  void mustRestart(ProbeKind kind, String message);

  /** One check failed, whether or not that has consequences yet: an event to tell. */
  void checkFailed(ProbeKind kind, String message);
}
