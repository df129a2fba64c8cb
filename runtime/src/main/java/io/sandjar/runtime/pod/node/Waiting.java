package io.sandjar.runtime.pod.node;

/** Why a container does not run yet, as its state's {@code waiting} says it. */
record Waiting(String reason, String message) {
  static final Waiting CREATING = new Waiting("ContainerCreating", "");
  static final Waiting INITIALIZING = new Waiting("PodInitializing", "");
}
