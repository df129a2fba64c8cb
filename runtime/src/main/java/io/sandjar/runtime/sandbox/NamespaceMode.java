package io.sandjar.runtime.sandbox;

/** Whose namespace a container lives in. */
public enum NamespaceMode {
  /** One that the pod's containers share. */
  POD,
  /** One of its own. */
  CONTAINER,
  /** The machine's. */
  NODE,
  /** Another container's. */
  TARGET
}
