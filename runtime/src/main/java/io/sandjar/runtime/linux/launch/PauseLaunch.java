package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.cgroup.Join;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A sandbox's first process, which holds the namespaces of its pod.
 *
 * @param net its network namespace; one that exists already cannot be owned by a new user namespace
 * @param pid a new pid namespace, whose pid 1 it is: it reaps the pod's orphans
 * @param uidMappings of a new user namespace, which owns the others; empty for the host's
 * @param sysctls names with dots, of its namespaces
 */
public record PauseLaunch(
    String id,
    Namespace net,
    boolean uts,
    boolean ipc,
    boolean pid,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    Optional<String> hostname,
    Map<String, String> sysctls,
    Optional<Join> cgroup,
    OptionalInt oomScoreAdj,
    Optional<Seccomp> seccomp) {

  public PauseLaunch {
    uidMappings = List.copyOf(uidMappings);
    gidMappings = List.copyOf(gidMappings);
    sysctls = Map.copyOf(sysctls);
    if (uidMappings.isEmpty() != gidMappings.isEmpty()) {
      throw new IllegalArgumentException("a user namespace needs mappings of uids and of gids");
    }
    if (!uidMappings.isEmpty() && net instanceof Namespace.Join) {
      throw new IllegalArgumentException(
          "a new user namespace cannot own a network namespace that exists already");
    }
    if (!uidMappings.isEmpty()) {
      // Refuses what has no root, who makes the pod's mounts and namespaces.
      IdMapping.rootOf(uidMappings);
      IdMapping.rootOf(gidMappings);
    }
    if (!uts && hostname.isPresent()) {
      throw new IllegalArgumentException("the host's uts namespace keeps its own hostname");
    }
  }
}
