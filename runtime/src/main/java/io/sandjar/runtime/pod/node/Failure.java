package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.probe.ProbeKind;

/** What failed of a running container, so that it must end. */
enum Failure {
  STARTUP_PROBE("startupProbe"),
  LIVENESS_PROBE("livenessProbe"),
  POST_START_HOOK("");

  private final String probe;

  Failure(String probe) {
    this.probe = probe;
  }

  static Failure of(ProbeKind kind) {
    return kind == ProbeKind.STARTUP ? STARTUP_PROBE : LIVENESS_PROBE;
  }

  /** The probe's field, which may have a grace period of its own; empty for a hook. */
  String probe() {
    return probe;
  }
}
