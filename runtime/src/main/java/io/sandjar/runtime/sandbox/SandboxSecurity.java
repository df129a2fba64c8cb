package io.sandjar.runtime.sandbox;

import java.util.List;
import java.util.Optional;

/** Under which restrictions the sandbox's own process runs, and what its containers may ask for. */
public record SandboxSecurity(
    boolean privileged,
    Optional<Long> runAsUser,
    Optional<Long> runAsGroup,
    List<Long> supplementalGroups,
    boolean strictGroups,
    boolean readonlyRootfs,
    SecurityProfile seccomp,
    SecurityProfile apparmor,
    Optional<SelinuxLabel> selinux) {

  public SandboxSecurity {
    supplementalGroups = List.copyOf(supplementalGroups);
  }
}
