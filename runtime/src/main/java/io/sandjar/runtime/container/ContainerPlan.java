package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.ImageConfig;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.linux.AppArmor;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.launch.CapabilitySets;
import io.sandjar.runtime.linux.launch.ContainerLaunch;
import io.sandjar.runtime.linux.launch.Namespace;
import io.sandjar.runtime.linux.launch.Namespaces;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.linux.launch.ProcessLaunch;
import io.sandjar.runtime.linux.launch.Stdio;
import io.sandjar.runtime.linux.mount.Rootfs;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SeccompFilters;
import io.sandjar.runtime.sandbox.SecurityProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says how a container is launched: everything that its spec, image and sandbox come to. */
final class ContainerPlan {
  private final SeccompFilters seccomp;
  private final AppArmor appArmor;

  /** The capabilities that this process may hand on: they never change. */
  private final long available;

  ContainerPlan(SeccompFilters seccomp, AppArmor appArmor) throws IOException {
    this.seccomp = seccomp;
    this.appArmor = appArmor;
    this.available = Capabilities.available();
  }

  /**
   * What is looked up before.
   *
   * @param images the layers of each image volume, by its place in the spec's list of mounts
   * @param target the process whose pid namespace is shared in mode TARGET
   */
  record Parts(
      ContainerRecord record,
      Sandbox sandbox,
      Pause pause,
      ImageConfig image,
      Snapshot snapshot,
      Map<Integer, List<Path>> images,
      Optional<Fd> target) {}

  /**
   * @param podPids the pod's pid namespace as a file: unlike a pidfd it can be joined from inside a
   *     user namespace, where the pause process may not be looked at
   */
  ContainerLaunch launch(
      Parts parts,
      HostDevices devices,
      Stdio stdio,
      List<Fd> held,
      Join cgroup,
      Fd podPids,
      Path exitFile)
      throws IOException {
    ContainerSpec spec = parts.record().spec();
    ContainerSecurity security = spec.security();
    boolean privileged = security.privileged();
    return new ContainerLaunch(
        parts.record().id(),
        process(parts.record(), Commands.args(spec, parts.image())),
        stdio,
        rootfs(parts.snapshot(), security.readonlyRootfs()),
        namespaces(parts, podPids),
        ContainerMounts.of(spec, parts.sandbox(), parts.images()),
        devices.nodes(),
        Map.of(),
        Optional.empty(),
        privileged ? List.of() : security.maskedPaths(),
        privileged ? List.of() : security.readonlyPaths(),
        Optional.of(cgroup),
        held,
        exitFile);
  }

  /** A process under the container's restrictions: its first one, or one executed later. */
  ProcessLaunch process(ContainerRecord record, List<String> args) throws IOException {
    ContainerSecurity security = record.spec().security();
    Capabilities capabilities = capabilities(security);
    return new ProcessLaunch(
        args,
        record.environment(),
        record.workingDirectory(),
        record.user(),
        new CapabilitySets(
            capabilities.bounding(),
            capabilities.effective(),
            capabilities.permitted(),
            capabilities.inheritable(),
            capabilities.ambient()),
        security.noNewPrivileges(),
        security.privileged()
            ? Optional.empty()
            : seccomp.filter(security.seccomp(), capabilities.bounding()),
        appArmorProfile(security),
        List.of(),
        record.spec().resources().oomScoreAdj(),
        ProcessLaunch.USUAL_UMASK);
  }

  private Capabilities capabilities(ContainerSecurity security) {
    try {
      return security.privileged()
          ? Capabilities.privileged(available)
          : Capabilities.forContainer(
              security.addCapabilities(),
              security.dropCapabilities(),
              security.addAmbientCapabilities(),
              available);
    } catch (IllegalArgumentException unknown) {
      throw new EngineException(Kind.INVALID_ARGUMENT, unknown.getMessage(), unknown);
    }
  }

  private Optional<String> appArmorProfile(ContainerSecurity security) throws IOException {
    SecurityProfile profile = security.apparmor();
    if (security.privileged()) {
      return Optional.empty();
    }
    return switch (profile.kind()) {
      case UNCONFINED -> Optional.empty();
      case RUNTIME_DEFAULT -> appArmor.runtimeDefault();
      case LOCALHOST -> {
        appArmor.check(profile.localhostRef());
        yield Optional.of(profile.localhostRef());
      }
    };
  }

  private static Rootfs rootfs(Snapshot snapshot, boolean readOnly) {
    Snapshot.Writable writable = snapshot.writable().orElseThrow();
    return new Rootfs.Overlay(snapshot.lowerOfRoot(), writable.upper(), writable.work(), readOnly);
  }

  private static Namespaces namespaces(Parts parts, Fd podPids) {
    Pause pause = parts.pause();
    PodNamespaces pod = parts.sandbox().spec().namespaces();
    Namespace ofPod = new Namespace.Join(pause.pidfd());
    ContainerSecurity security = parts.record().spec().security();
    Namespace pid =
        switch (security.namespaces().pid()) {
          case POD ->
              pod.pid() == NamespaceMode.NODE ? Namespace.HOST : new Namespace.Join(podPids);
          case CONTAINER -> Namespace.OWN;
          case NODE -> Namespace.HOST;
          case TARGET -> new Namespace.Join(parts.target().orElseThrow());
        };
    return new Namespaces(
        pod.hostNetwork() ? Namespace.HOST : ofPod,
        pod.hostNetwork() ? Namespace.HOST : ofPod,
        pod.ipc() == NamespaceMode.NODE ? Namespace.HOST : ofPod,
        pid,
        security.privileged() ? Namespace.HOST : Namespace.OWN,
        pause.user());
  }
}
