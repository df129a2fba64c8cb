package io.sandjar.runtime.daemon.doctor;

import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.cgroup.Hierarchy;
import io.sandjar.runtime.linux.launch.FavorDynmods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Whether the controllers are there that limit pods. */
final class CgroupCheck implements Check {
  private static final String AREA = "cgroups";
  private static final List<String> NEEDED = List.of("cpu", "memory", "pids");

  private final Path mountinfo;
  private final boolean favorDynmods;

  /**
   * @param mountinfo {@code /proc/self/mountinfo} outside tests
   * @param favorDynmods whether the config wants it on
   */
  CgroupCheck(Path mountinfo, boolean favorDynmods) {
    this.mountinfo = mountinfo;
    this.favorDynmods = favorDynmods;
  }

  @Override
  public List<Finding> findings() throws IOException {
    Cgroups cgroups;
    try {
      cgroups = Cgroups.detect(mountinfo);
    } catch (IllegalArgumentException none) {
      return List.of(
          Finding.failure(
              AREA, "no cgroup file system is mounted", "mount -t cgroup2 none /sys/fs/cgroup"));
    }
    Set<String> controllers = controllers(cgroups);
    var findings = new ArrayList<Finding>();
    findings.add(
        Finding.ok(
            AREA,
            cgroups.layout().name().toLowerCase(Locale.ROOT)
                + " layout, controllers "
                + String.join(" ", controllers)));
    // A machine without cgroup2 does not show whether it is on.
    if (favorDynmods && cgroups.mounts().v2().isPresent() && !FavorDynmods.isOn(cgroups)) {
      findings.add(
          Finding.warning(
              AREA,
              "favordynmods is off: each container starts some milliseconds later",
              "start the daemon, which switches it on; it needs Linux 6.1"));
    }
    for (String needed : NEEDED) {
      if (!controllers.contains(needed)) {
        findings.add(
            Finding.failure(
                AREA,
                "no " + needed + " controller: its limits cannot be kept",
                "boot with cgroup_enable=" + needed + " systemd.unified_cgroup_hierarchy=1"));
      }
    }
    return findings;
  }

  private static Set<String> controllers(Cgroups cgroups) throws IOException {
    var controllers = new LinkedHashSet<String>();
    for (Hierarchy hierarchy : cgroups.mounts().v1()) {
      hierarchy.controllers().stream()
          .filter(name -> !name.startsWith("name="))
          .forEach(controllers::add);
    }
    if (cgroups.mounts().v2().isPresent()) {
      Path file = cgroups.mounts().v2().get().resolve("cgroup.controllers");
      if (Files.exists(file)) {
        controllers.addAll(List.of(Files.readString(file).strip().split("\\s+")));
      }
    }
    controllers.remove("");
    return controllers;
  }
}
