package io.sandjar.runtime.pod.plan;

/**
 * The labels and annotations by which the engine's sandboxes and containers are known as a pod's.
 */
public final class PodLabels {
  public static final String POD_NAME = "io.kubernetes.pod.name";
  public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
  public static final String POD_UID = "io.kubernetes.pod.uid";
  public static final String CONTAINER_NAME = "io.kubernetes.container.name";

  /** Marks what this node made, and not a kubelet that shares the engine. */
  public static final String OWNER = "sandjar.io/owner";

  public static final String OWNER_NODE = "node";

  /** How long the start of this attempt was held back: the next one waits twice as long. */
  public static final String BACK_OFF_SECONDS = "sandjar.io/back-off-seconds";

  /** The fields of the manifest that, when changed, need a new container. */
  public static final String IMAGE = "sandjar.io/image";

  private PodLabels() {}
}
