package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.launch.IdMapping;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Namespace;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.linux.launch.PauseLaunch;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/** The processes that hold the sandboxes' namespaces, by the sandbox's id. */
final class Pauses {
  /** Killed after everything else of the pod's: without it the pod is lost. */
  private static final int OOM_SCORE_ADJ = -998;

  private final Launcher launcher;
  private final SeccompFilters seccomp;
  private final ConcurrentHashMap<String, Pause> byId = new ConcurrentHashMap<>();

  Pauses(Launcher launcher, SeccompFilters seccomp) {
    this.launcher = launcher;
    this.seccomp = seccomp;
  }

  /**
   * Starts it; it may still prepare itself when this returns.
   *
   * @param cgroup how it joins its cgroup, open until it is prepared
   * @param network the pod's network namespace
   */
  Pause begin(Sandbox sandbox, Join cgroup, Namespace network) throws IOException {
    SandboxSpec spec = sandbox.spec();
    PodNamespaces namespaces = spec.namespaces();
    boolean uts = !namespaces.hostNetwork();
    Pause pause =
        launcher.beginPause(
            new PauseLaunch(
                sandbox.id(),
                network,
                uts,
                namespaces.ipc() != NamespaceMode.NODE,
                hasPidNamespace(spec),
                mappings(namespaces.user(), true),
                mappings(namespaces.user(), false),
                uts ? Optional.of(SandboxFiles.effectiveHostname(spec)) : Optional.empty(),
                spec.sysctls(),
                Optional.of(cgroup),
                OptionalInt.of(OOM_SCORE_ADJ),
                seccomp.filter(spec.security().seccomp(), 0)));
    byId.put(sandbox.id(), pause);
    return pause;
  }

  /** Finds it again after a restart of the daemon; false where it has ended meanwhile. */
  boolean adopt(Sandbox sandbox) throws IOException {
    Optional<ProcessId> process = sandbox.pause();
    if (process.isEmpty()) {
      return false;
    }
    Optional<UserNamespace> user = sandbox.spec().namespaces().user();
    Optional<Pause> pause =
        launcher.adoptPause(process.get(), mappings(user, true), mappings(user, false));
    pause.ifPresent(adopted -> byId.put(sandbox.id(), adopted));
    return pause.isPresent();
  }

  Optional<Pause> of(String sandboxId) {
    return Optional.ofNullable(byId.get(sandboxId));
  }

  /** Kills it and waits until it is gone; nothing where it is gone already. */
  void end(Sandbox sandbox) throws IOException {
    if (byId.containsKey(sandbox.id()) || adopt(sandbox)) {
      // One that does not end in time is adopted again by the next attempt.
      try (Pause pause = byId.remove(sandbox.id())) {
        pause.kill();
      }
    }
  }

  /** Kills one of which only the process is known. */
  void kill(ProcessId process) throws IOException {
    Optional<Pause> found = launcher.adoptPause(process, List.of(), List.of());
    if (found.isPresent()) {
      try (Pause pause = found.get()) {
        pause.kill();
      }
    }
  }

  private static boolean hasPidNamespace(SandboxSpec spec) {
    return spec.namespaces().pid() != NamespaceMode.NODE;
  }

  private static List<IdMapping> mappings(Optional<UserNamespace> user, boolean uids) {
    return user.map(mapped -> uids ? mapped.uids() : mapped.gids()).orElse(List.of()).stream()
        .map(range -> new IdMapping(range.containerId(), range.hostId(), range.length()))
        .toList();
  }
}
