package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The machine's cgroups: v2, v1 or both at once, as its mount table shows them.
 *
 * <p>A path here is the same below every hierarchy: {@code /kubepods/burstable/podX/<container>}.
 */
public final class Cgroups {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private final Mounts mounts;

  public Cgroups(Mounts mounts) {
    if (mounts.v1().isEmpty() && mounts.v2().isEmpty()) {
      throw new IllegalArgumentException(
          "no cgroup hierarchy is mounted: mount cgroup2 on /sys/fs/cgroup");
    }
    this.mounts = mounts;
  }

  /** As this process sees them. */
  public static Cgroups detect() throws IOException {
    return detect(MOUNTINFO);
  }

  /** As a mount table in the format of {@code /proc/PID/mountinfo} names them. */
  public static Cgroups detect(Path mountinfo) throws IOException {
    return new Cgroups(Mounts.parse(Files.readString(mountinfo)));
  }

  public Layout layout() {
    if (mounts.v1().isEmpty()) {
      return Layout.UNIFIED;
    }
    return mounts.v2().isEmpty() ? Layout.LEGACY : Layout.HYBRID;
  }

  public Mounts mounts() {
    return mounts;
  }

  /** The cgroup at this path, whether or not it exists yet. */
  public Cgroup at(String path) {
    String normal = CgroupPath.normal(path);
    return layout() == Layout.UNIFIED
        ? new UnifiedCgroup(mounts.v2().orElseThrow(), normal)
        : new LegacyCgroup(mounts, normal);
  }

  /** Makes the cgroup and what is missing above it; it is no error if it is there already. */
  public Cgroup create(String path) throws IOException {
    Cgroup cgroup = at(path);
    cgroup.create();
    return cgroup;
  }

  /**
   * Where {@code pid} is, in the hierarchy that holds memory (v1) or in the only one (v2).
   *
   * @return empty where no hierarchy says so, which a mountinfo of another place can cause
   */
  public Optional<String> pathOf(long pid) throws IOException {
    String key = layout() == Layout.UNIFIED ? "" : "memory";
    return ProcCgroup.of(pid).path(key);
  }

  /** How the machine mounts its cgroups. */
  public enum Layout {
    /** cgroup v2 alone. */
    UNIFIED,
    /** cgroup v1 alone. */
    LEGACY,
    /** v1 with the controllers, and a v2 tree beside it that may have none. */
    HYBRID
  }
}
