package io.sandjar.runtime.linux.launch;

import java.util.Optional;

/**
 * The namespaces of a container. Its mount namespace is always its own.
 *
 * @param user empty for the host's
 */
public record Namespaces(
    Namespace net,
    Namespace uts,
    Namespace ipc,
    Namespace pid,
    Namespace cgroup,
    Optional<UserNamespace> user) {

  /** Own ones of every kind, but the host's user namespace. */
  public static Namespaces own() {
    return new Namespaces(
        Namespace.OWN,
        Namespace.OWN,
        Namespace.OWN,
        Namespace.OWN,
        Namespace.OWN,
        Optional.empty());
  }
}
