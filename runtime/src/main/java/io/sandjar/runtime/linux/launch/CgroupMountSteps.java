package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

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

  private static final int FOLDER_MODE = 0755;

  private final ProgramBuilder program;
  private final MountCalls mounts;
  private final Cgroups cgroups;
  private final boolean ofHost;

  /**
   * @param namespace the container's cgroup namespace
   */
  CgroupMountSteps(ProgramBuilder program, Cgroups cgroups, Namespace namespace) {
    this.program = program;
    this.mounts = new MountCalls(program);
    this.cgroups = cgroups;
    this.ofHost = namespace instanceof Namespace.Host;
  }

  void attach(InRoot root, String target, boolean readOnly) {
    long attributes = readOnly ? USUAL | MountFlags.MOUNT_ATTR_RDONLY : USUAL;
    Data place = Data.slot(target);
    root.openOrMake("mount the cgroups on " + target, target, true, place);
    if (cgroups.layout() == Cgroups.Layout.UNIFIED) {
      Path host = cgroups.mounts().v2().orElseThrow();
      attach(place, target, hierarchy(target, host, "cgroup2", List.of(), attributes));
      return;
    }
    Data folder = Data.slot("folder of cgroups");
    String step = "mount a tmpfs on " + target;
    mounts.create(step, "tmpfs", List.of(new Option("mode", "755")), USUAL, folder);
    attach(place, target, folder);
    for (Hierarchy hierarchy : cgroups.mounts().v1()) {
      attachBelow(folder, target, hierarchy.mountPoint(), "cgroup", options(hierarchy), attributes);
    }
    cgroups
        .mounts()
        .v2()
        .ifPresent(path -> attachBelow(folder, target, path, "cgroup2", List.of(), attributes));
    if (readOnly) {
      mounts.setAttributes(
          "make " + target + " read-only", folder, MountFlags.MOUNT_ATTR_RDONLY, false);
    }
  }

  /**
   * A hierarchy as the container's cgroup namespace shows it. The host's is a copy of the host's
   * mount: a new mount from there would change the options of the one that the host has.
   */
  private Data hierarchy(
      String path, Path host, String type, List<Option> options, long attributes) {
    Data mount = Data.slot(type + " " + path);
    String step = "make the " + type + " of " + path;
    if (ofHost) {
      mounts.copyTree(step, host, false, mount);
      mounts.setAttributes(step, mount, attributes, false);
    } else {
      mounts.create(step, type, options, attributes, mount);
    }
    return mount;
  }

  /** By a single name in a tmpfs that is empty and nobody else's: nothing there can be a link. */
  private void attachBelow(
      Data folder, String target, Path host, String type, List<Option> options, long attributes) {
    String name = host.getFileName().toString();
    String path = target + "/" + name;
    program.call("make " + path, Syscall.MKDIRAT, in(folder), text(name), num(FOLDER_MODE));
    Data mount = hierarchy(path, host, type, options, attributes);
    mounts.attachAt("attach " + path, mount, in(folder), name);
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

  private void attach(Data place, String path, Data mount) {
    mounts.attach("attach " + path, mount, place);
  }
}
