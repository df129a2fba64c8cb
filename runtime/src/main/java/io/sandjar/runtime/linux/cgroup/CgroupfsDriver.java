package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;

/** Makes cgroups as folders, by the kubelet's {@code cgroupfs} names. */
public final class CgroupfsDriver implements CgroupDriver {
  private final Cgroups cgroups;

  public CgroupfsDriver(Cgroups cgroups) {
    this.cgroups = cgroups;
  }

  @Override
  public Cgroup create(String parent, String id) throws IOException {
    return cgroups.create(CgroupPath.child(parent, id));
  }

  @Override
  public Cgroup at(String parent, String id) {
    return cgroups.at(CgroupPath.child(parent, id));
  }

  @Override
  public Cgroup createParent(String parent) throws IOException {
    return cgroups.create(parent);
  }

  @Override
  public Cgroup parentAt(String parent) {
    return cgroups.at(parent);
  }

  @Override
  public Cgroup createMonitors(String parent) throws IOException {
    return cgroups.create(CgroupPath.child(parent, MONITORS));
  }
}
