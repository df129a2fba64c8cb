package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Rootfs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that makes a container.
 *
 * @param id names its session keyring, and its launch in errors
 * @param mounts in the order in which they are made; see {@link
 *     io.sandjar.runtime.linux.mount.StandardMounts}
 * @param devices made beside the standard ones
 * @param sysctls names with dots, of the container's own namespaces
 * @param hostname set in the container's uts namespace; only where that is its own
 * @param maskedPaths hidden from the container
 * @param readOnlyPaths shown, but not writable
 * @param cgroup how it joins its cgroup; the caller closes it after the launch
 * @param held files that its monitor keeps open, so that a later daemon can have them back, in this
 *     order
 * @param exitFile where its monitor writes how it ended; the folder exists
 */
public record ContainerLaunch(
    String id,
    ProcessLaunch process,
    Stdio stdio,
    Rootfs rootfs,
    Namespaces namespaces,
    List<Mount> mounts,
    List<DeviceNode> devices,
    Map<String, String> sysctls,
    Optional<String> hostname,
    List<String> maskedPaths,
    List<String> readOnlyPaths,
    Optional<Join> cgroup,
    List<Fd> held,
    Path exitFile) {

  public ContainerLaunch {
    mounts = List.copyOf(mounts);
    devices = List.copyOf(devices);
    sysctls = Map.copyOf(sysctls);
    maskedPaths = List.copyOf(maskedPaths);
    readOnlyPaths = List.copyOf(readOnlyPaths);
    held = List.copyOf(held);
  }

  ContainerLaunch withMounts(List<Mount> others) {
    return new ContainerLaunch(
        id,
        process,
        stdio,
        rootfs,
        namespaces,
        others,
        devices,
        sysctls,
        hostname,
        maskedPaths,
        readOnlyPaths,
        cgroup,
        held,
        exitFile);
  }
}
