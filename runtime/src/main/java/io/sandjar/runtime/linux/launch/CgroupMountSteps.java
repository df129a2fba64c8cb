package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.cgroup.Hierarchy;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Steps that show a container its own cgroups: one mount on v2, a folder of mounts on v1. */
final class CgroupMountSteps {
  private static final String NAMED = "name=";
  private static final long USUAL =
      MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOEXEC;

  private final MountCalls mounts;
  private final Cgroups cgroups;

  CgroupMountSteps(ProgramBuilder program, Cgroups cgroups) {
    this.mounts = new MountCalls(program);
    this.cgroups = cgroups;
  }

  void attach(InRoot root, String target, boolean readOnly) {
    long attributes = readOnly ? USUAL | MountFlags.MOUNT_ATTR_RDONLY : USUAL;
    if (cgroups.layout() == Cgroups.Layout.UNIFIED) {
      attach(root, target, "cgroup2", List.of(), attributes);
      return;
    }
    Option mode = new Option("mode", "755");
    Data folder = attach(root, target, "tmpfs", List.of(mode), USUAL);
    for (Hierarchy hierarchy : cgroups.mounts().v1()) {
      String at = target + "/" + hierarchy.mountPoint().getFileName();
      attach(root, at, "cgroup", options(hierarchy), attributes);
    }
    cgroups
        .mounts()
        .v2()
        .map(Path::getFileName)
        .ifPresent(name -> attach(root, target + "/" + name, "cgroup2", List.of(), attributes));
    if (readOnly) {
      String step = "make " + target + " read-only";
      mounts.setAttributes(step, folder, MountFlags.MOUNT_ATTR_RDONLY, false);
    }
  }

  private static List<Option> options(Hierarchy hierarchy) {
    List<Option> options = new ArrayList<>();
    for (String controller : hierarchy.controllers()) {
      if (controller.startsWith(NAMED)) {
        options.add(Option.flag("none"));
        options.add(new Option("name", controller.substring(NAMED.length())));
      } else {
        options.add(Option.flag(controller));
      }
    }
    return options;
  }

  private Data attach(
      InRoot root, String target, String type, List<Option> options, long attributes) {
    String step = "mount " + type + " on " + target;
    Data mount = Data.slot(type + " " + target);
    Data folder = Data.slot(target);
    mounts.create(step, type, options, attributes, mount);
    root.openOrMake(step, target, true, folder);
    mounts.attach(step, mount, folder);
    return mount;
  }
}
