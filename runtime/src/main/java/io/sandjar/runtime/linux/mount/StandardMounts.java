package io.sandjar.runtime.linux.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The mounts that every container has, unless a volume of its own takes the place. */
public final class StandardMounts {

  private StandardMounts() {}

  /**
   * In the order in which they have to be made.
   *
   * @param privileged writable /sys and cgroups
   * @param taken targets of the container's own mounts, which win
   */
  public static List<Mount> of(boolean privileged, Set<String> taken) {
    List<Mount> mounts = new ArrayList<>();
    mounts.add(new Mount.Proc("/proc"));
    mounts.add(new Mount.Dev("/dev"));
    mounts.add(new Mount.Mqueue("/dev/mqueue"));
    mounts.add(new Mount.Sysfs("/sys", !privileged));
    mounts.add(new Mount.Cgroup("/sys/fs/cgroup", !privileged));
    mounts.removeIf(mount -> isTaken(mount.target(), taken));
    return List.copyOf(mounts);
  }

  private static boolean isTaken(String target, Set<String> taken) {
    if (taken.contains(target)) {
      return true;
    }
    int slash = target.lastIndexOf('/');
    return slash > 0 && isTaken(target.substring(0, slash), taken);
  }
}
