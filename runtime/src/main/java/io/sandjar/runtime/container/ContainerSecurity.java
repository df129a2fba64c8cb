package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.SecurityProfile;
import io.sandjar.runtime.sandbox.SelinuxLabel;
import java.util.List;
import java.util.Optional;

/**
 * Under which restrictions a container's processes run.
 *
 * @param runAsUsername a name to look up in the image; empty where {@code runAsUser} or the image
 *     says who
 * @param strictGroups only the groups named here, not those of the image's /etc/group
 */
public record ContainerSecurity(
    boolean privileged,
    PodNamespaces namespaces,
    Optional<Long> runAsUser,
    Optional<Long> runAsGroup,
    String runAsUsername,
    List<Long> supplementalGroups,
    boolean strictGroups,
    boolean readonlyRootfs,
    boolean noNewPrivileges,
    List<String> addCapabilities,
    List<String> dropCapabilities,
    List<String> addAmbientCapabilities,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    SecurityProfile seccomp,
    SecurityProfile apparmor,
    Optional<SelinuxLabel> selinux) {

  public ContainerSecurity {
    supplementalGroups = List.copyOf(supplementalGroups);
    addCapabilities = List.copyOf(addCapabilities);
    dropCapabilities = List.copyOf(dropCapabilities);
    addAmbientCapabilities = List.copyOf(addAmbientCapabilities);
    maskedPaths = List.copyOf(maskedPaths);
    readonlyPaths = List.copyOf(readonlyPaths);
  }
}
