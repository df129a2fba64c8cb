package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;

/** Who makes the cgroups of pods and containers: this process itself, or systemd on its behalf. */
public sealed interface CgroupDriver permits CgroupfsDriver, SystemdDriver {
  String MONITORS = "monitors";

  /**
   * Makes a container's cgroup.
   *
   * @param parent the pod's, as the kubelet names it for this driver: {@code
   *     /kubepods/burstable/podX}, or {@code kubepods-burstable-podX.slice} for systemd
   * @param id the container's id, which names the leaf
   */
  Cgroup create(String parent, String id) throws IOException;

  /** The same cgroup again, whether or not it exists. */
  Cgroup at(String parent, String id);

  /** A pod's own cgroup, made if it is missing: for its limits, its statistics and its removal. */
  Cgroup createParent(String parent) throws IOException;

  /** A pod's own cgroup, whether or not it exists. */
  Cgroup parentAt(String parent);

  /**
   * Makes the leaf for all monitors if it is missing: Sandjar's own, so that no pod pays for them.
   *
   * @param parent the cgroup that all of Sandjar's are below, where this driver has one
   */
  Cgroup createMonitors(String parent) throws IOException;
}
