package io.sandjar.runtime.sandbox;

import java.util.Optional;

/**
 * Which namespaces a pod or container has.
 *
 * @param targetId the container whose pid namespace is shared in mode {@code TARGET}
 * @param user present where the pod has a user namespace of its own
 */
public record PodNamespaces(
    NamespaceMode network,
    NamespaceMode pid,
    NamespaceMode ipc,
    String targetId,
    Optional<UserNamespace> user) {

  public boolean hostNetwork() {
    return network == NamespaceMode.NODE;
  }
}
