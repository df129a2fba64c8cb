package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Propagation;
import io.sandjar.runtime.linux.mount.StandardMounts;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.Sandbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lists what is mounted where in a container: the standard, the sandbox's, its own volumes. */
final class ContainerMounts {
  private static final Path HOST_SHM = Path.of("/dev/shm");

  private ContainerMounts() {}

  /**
   * @param images the layers of each image volume, by its place in the spec's list of mounts
   */
  static List<Mount> of(ContainerSpec spec, Sandbox sandbox, Map<Integer, List<Path>> images) {
    Set<String> taken = new LinkedHashSet<>();
    spec.mounts().forEach(mount -> taken.add(normal(mount.containerPath())));
    List<Mount> mounts = new ArrayList<>(StandardMounts.of(spec.security().privileged(), taken));
    mounts.addAll(ofSandbox(spec, sandbox, taken));
    List<Mount> own = new ArrayList<>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      own.add(volume(spec.mounts().get(i), images.getOrDefault(i, List.of())));
    }
    // A volume inside another one comes after it, whatever the order of the request.
    own.sort(Comparator.comparingInt(mount -> mount.target().split("/").length));
    mounts.addAll(own);
    return mounts;
  }

  private static List<Mount> ofSandbox(ContainerSpec spec, Sandbox sandbox, Set<String> taken) {
    boolean hostIpc = sandbox.spec().namespaces().ipc() == NamespaceMode.NODE;
    boolean userNamespace = sandbox.spec().namespaces().user().isPresent();
    Mount.Access access =
        spec.security().readonlyRootfs() ? Mount.Access.READ_ONLY : Mount.Access.READ_WRITE;
    List<Mount> mounts = new ArrayList<>();
    if (!taken.contains("/dev/shm") && !taken.contains("/dev")) {
      mounts.add(Mount.Bind.of(hostIpc ? HOST_SHM : sandbox.files().shm(), "/dev/shm"));
    }
    Map<String, Path> files =
        Map.of(
            "/etc/resolv.conf", sandbox.files().resolvConf(),
            "/etc/hosts", sandbox.files().hosts(),
            "/etc/hostname", sandbox.files().hostname());
    files.forEach(
        (target, source) -> {
          if (!taken.contains(target) && !taken.contains("/etc")) {
            mounts.add(Mount.Bind.of(source, target).with(access).withIdmap(userNamespace));
          }
        });
    return mounts;
  }

  private static Mount volume(MountSpec volume, List<Path> layers) {
    String target = normal(volume.containerPath());
    if (volume.image().isPresent()) {
      return new Mount.ImageVolume(layers, volume.subPath(), target);
    }
    Mount.Access access =
        volume.recursiveReadonly()
            ? Mount.Access.RECURSIVE_READ_ONLY
            : volume.readonly() ? Mount.Access.READ_ONLY : Mount.Access.READ_WRITE;
    Propagation propagation =
        switch (volume.propagation()) {
          case PRIVATE -> Propagation.PRIVATE;
          case HOST_TO_CONTAINER -> Propagation.HOST_TO_CONTAINER;
          case BIDIRECTIONAL -> Propagation.BIDIRECTIONAL;
        };
    return new Mount.Bind(
        Path.of(volume.hostPath()),
        volume.subPath(),
        target,
        access,
        propagation,
        !volume.uidMappings().isEmpty(),
        Mount.MissingSource.CREATE_FOLDER);
  }

  /** Absolute and without needless parts, so that one place has one name. */
  static String normal(String path) {
    return Path.of("/").resolve(path).normalize().toString();
  }
}
