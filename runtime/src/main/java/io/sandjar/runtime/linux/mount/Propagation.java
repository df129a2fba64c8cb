package io.sandjar.runtime.linux.mount;

/** Whether mounts made below a bind mount later show on the other side; see mount_namespaces(7). */
public enum Propagation {
  /** On neither side. */
  PRIVATE,
  /** Mounts of the host show in the container. */
  HOST_TO_CONTAINER,
  /** And mounts of the container show on the host. */
  BIDIRECTIONAL
}
