package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The mount option of cgroup2 that lets processes join cgroups at once, v1's too.
 *
 * <p>Without it the first join after a rest waits for an RCU grace period, 5 to 12 ms; with it a
 * fork costs the machine some nanoseconds more. Linux has it since 6.1; since 6.18 what it does
 * lasts until a reboot, whatever is mounted later.
 */
public final class FavorDynmods {
  private static final String NAME = "favordynmods";

  private FavorDynmods() {}

  public static boolean isOn(Cgroups cgroups) {
    return cgroups.mounts().v2Options().contains(NAME);
  }

  /**
   * Switches it on. Where cgroup2 is not mounted it is mounted for a moment, nowhere: the lock that
   * it changes is of all hierarchies.
   *
   * @return whether it was off; a machine without cgroup2 does not show it
   */
  public static boolean switchOn(Cgroups cgroups) throws IOException {
    if (isOn(cgroups)) {
      return false;
    }
    DetachedMount.create("cgroup2", options(cgroups), 0).close();
    boolean shown = cgroups.mounts().v2().isPresent();
    if (shown && !isOn(Cgroups.detect())) {
      throw new IOException(
          "mount cgroup2 with "
              + NAME
              + ": the kernel let it be; it heeds it only from the machine's own cgroup namespace");
    }
    return shown;
  }

  /**
   * A new mount of cgroup2 sets all options of the one there is: what it has must be said again.
   */
  static List<Option> options(Cgroups cgroups) {
    List<Option> options = new ArrayList<>();
    cgroups.mounts().v2Options().forEach(option -> options.add(Option.flag(option)));
    if (!isOn(cgroups)) {
      options.add(Option.flag(NAME));
    }
    return options;
  }
}
