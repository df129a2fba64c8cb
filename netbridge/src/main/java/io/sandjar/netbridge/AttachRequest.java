package io.sandjar.netbridge;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a network must know to attach a sandbox.
 *
 * @param sandboxId the sandbox's id, which names the host's end of the link
 * @param namespace the sandbox's network namespace, still open; the caller closes it
 * @param pod whose sandbox it is
 * @param portMappings host ports to open; none by an empty list
 * @param bandwidth limits for the pod's traffic
 * @param families the address families wanted; empty for all that the node has
 */
public record AttachRequest(
    String sandboxId,
    NetworkNamespace namespace,
    Pod pod,
    List<PortMapping> portMappings,
    Bandwidth bandwidth,
    Set<IpFamily> families) {

  /** The pod as Kubernetes names it. */
  public record Pod(String namespace, String name, String uid, String hostname) {}

  public AttachRequest {
    if (sandboxId.isEmpty()) {
      throw new IllegalArgumentException("a sandbox without an id cannot be attached");
    }
    Objects.requireNonNull(namespace, "namespace");
    Objects.requireNonNull(pod, "pod");
    portMappings = List.copyOf(portMappings);
    Objects.requireNonNull(bandwidth, "bandwidth");
    families = Set.copyOf(families);
  }

  /** A request without host ports, limits or wishes. */
  public static AttachRequest of(String sandboxId, NetworkNamespace namespace, Pod pod) {
    return new AttachRequest(sandboxId, namespace, pod, List.of(), Bandwidth.UNLIMITED, Set.of());
  }
}
