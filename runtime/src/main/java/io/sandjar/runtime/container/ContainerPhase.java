package io.sandjar.runtime.container;

/** How far a container is in its life; what is half done says so, for a daemon that starts anew. */
public enum ContainerPhase {
  /** Being made; rolled back if the daemon dies now. */
  CREATING,
  /** Waits at the gate. */
  CREATED,
  /** The gate is being opened; settled by what happened to it if the daemon dies now. */
  STARTING,
  RUNNING,
  EXITED,
  /** Being removed; rolled forward if the daemon dies now. */
  REMOVING;

  /** Whether a container in it has a monitor and a first process. */
  boolean hasProcesses() {
    return this == CREATED || this == STARTING || this == RUNNING;
  }
}
