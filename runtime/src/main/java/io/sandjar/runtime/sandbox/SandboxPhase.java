package io.sandjar.runtime.sandbox;

/** How far a sandbox is in its life; what is half done says so, for a daemon that starts anew. */
public enum SandboxPhase {
  /** Being made; rolled back if the daemon dies now. */
  CREATING,
  READY,
  /** Being stopped; rolled forward if the daemon dies now. */
  STOPPING,
  STOPPED,
  /** Being removed; rolled forward if the daemon dies now. */
  REMOVING
}
