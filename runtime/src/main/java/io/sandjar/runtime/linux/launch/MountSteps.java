package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Propagation;
import io.sandjar.runtime.linux.mount.Rootfs;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Steps that mount what a container sees: first whatever only the host's root may make, mounted
 * nowhere yet; then, in the container's namespaces, each on its place in the container's root.
 */
final class MountSteps {
  private static final long USUAL =
      MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOEXEC;

  private final ProgramBuilder program;
  private final MountCalls mounts;
  private final OverlaySteps overlays;
  private final CgroupMountSteps cgroups;
  private final DevSteps dev;
  private final ContainerLaunch launch;
  private final Optional<UserNamespace> user;
  private final Data root = Data.slot("root");

  /** The launch's mounts, and the devices that are not below /dev. */
  private final List<Mount> everything = new ArrayList<>();

  private final Map<Mount, Data> prepared = new IdentityHashMap<>();

  /** Folders of a /dev that was mounted just now, which are not to be made. */
  private Set<String> ofDev = Set.of();

  MountSteps(
      ProgramBuilder program,
      ContainerLaunch launch,
      KernelVersion kernel,
      Cgroups cgroups,
      Fd devpts) {
    this.program = program;
    this.mounts = new MountCalls(program);
    this.overlays = new OverlaySteps(program, kernel);
    this.cgroups = new CgroupMountSteps(program, cgroups, launch.namespaces().cgroup());
    this.launch = launch;
    this.user = launch.namespaces().user();
    this.dev = new DevSteps(program, user, devpts, launch.stdio() instanceof Stdio.OnTerminal);
    everything.addAll(launch.mounts());
    for (DeviceNode node : DevSteps.elsewhere(launch.devices())) {
      everything.add(Mount.Bind.of(node.host(), node.path()).with(Propagation.PRIVATE));
    }
  }

  Data root() {
    return root;
  }

  /** Copies of the host's trees, taken while they still are in their propagation groups. */
  void prepareVolumes() {
    for (Mount mount : everything) {
      if (mount instanceof Mount.Bind bind) {
        prepared.put(mount, prepareBind(bind));
      }
    }
    if (launch.rootfs() instanceof Rootfs.Directory directory) {
      String step = "bind the root file system " + directory.path();
      mounts.copyTree(step, directory.path(), true, root);
      mounts.setPropagation(step, root, MountFlags.MS_PRIVATE);
      user.ifPresent(namespace -> mounts.idmap(step + " idmapped", root, namespace));
    }
  }

  private Data prepareBind(Mount.Bind bind) {
    Data mount = Data.slot("volume " + bind.target());
    String step = "bind " + bind.source() + " on " + bind.target();
    if (bind.subPath().isEmpty()) {
      mounts.copyTree(step, bind.source(), true, mount);
    } else {
      copyPart(step, bind, mount);
    }
    mounts.setPropagation(
        step + " " + bind.propagation(),
        mount,
        switch (bind.propagation()) {
          case PRIVATE -> MountFlags.MS_PRIVATE;
          case HOST_TO_CONTAINER -> MountFlags.MS_SLAVE;
          case BIDIRECTIONAL -> MountFlags.MS_SHARED;
        });
    switch (bind.access()) {
      case READ_WRITE -> {}
      case READ_ONLY ->
          mounts.setAttributes(step + " read-only", mount, MountFlags.MOUNT_ATTR_RDONLY, false);
      case RECURSIVE_READ_ONLY ->
          mounts.setAttributes(
              step + " recursively read-only", mount, MountFlags.MOUNT_ATTR_RDONLY, true);
    }
    if (bind.idmapped()) {
      UserNamespace namespace =
          user.orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "an idmapped mount needs a pod with a user namespace: " + bind.target()));
      mounts.idmap(step + " idmapped", mount, namespace);
    }
    return mount;
  }

  /** Whoever writes to the volume may swap links in it, so its part is looked up only once. */
  private void copyPart(String step, Mount.Bind bind, Data into) {
    String part = step + ", " + bind.subPath() + " of it";
    Data volume = Data.slot("whole volume of " + bind.target());
    Data found = Data.slot("part of the volume");
    program
        .call(
            part,
            Syscall.OPENAT,
            num(MountFlags.AT_FDCWD),
            text(bind.source().toString()),
            num(OpenFiles.O_PATH | OpenFiles.O_CLOEXEC),
            num(0))
        .into(volume);
    new InRoot(program, volume).open(part, bind.subPath(), 0, found);
    mounts.copyTreeAt(part, found, "", true, into);
    program.call(part, Syscall.CLOSE, in(found));
    program.call(part, Syscall.CLOSE, in(volume));
  }

  /** The file systems that only the host's root may make. */
  void prepareFileSystems() {
    if (launch.rootfs() instanceof Rootfs.Overlay overlay) {
      overlays.create(
          "lay the image's layers over each other",
          overlay.lower(),
          Optional.of(new OverlaySteps.Writable(overlay.upper(), overlay.work())),
          user,
          root);
    }
    for (Mount mount : launch.mounts()) {
      if (mount instanceof Mount.ImageVolume volume) {
        Data image = Data.slot("image volume " + volume.target());
        overlays.create(
            "lay out the image of " + volume.target(),
            volume.lower(),
            Optional.empty(),
            user,
            image);
        prepared.put(mount, image);
      } else if (mount instanceof Mount.Dev) {
        dev.prepare(launch.devices());
      }
    }
  }

  /** Attaches the root over this mount namespace's own, where it becomes that by pivot_root. */
  void attachRoot() {
    mounts.attachAt("mount the root file system", root, "/");
  }

  /** Mounts everything below the root, in its order. */
  void attachAll(InRoot inRoot) {
    for (Mount mount : everything) {
      attach(mount, inRoot);
    }
    if (launch.rootfs().readOnly()) {
      mounts.setAttributes(
          "make the root file system read-only", root, MountFlags.MOUNT_ATTR_RDONLY, false);
    }
  }

  private void attach(Mount mount, InRoot inRoot) {
    String target = mount.target();
    if (mount instanceof Mount.Bind bind) {
      attachPrepared("bind " + bind.source() + " on " + target, mount, isFolder(bind), inRoot);
    } else if (mount instanceof Mount.ImageVolume volume) {
      attachImage(volume, inRoot);
    } else if (mount instanceof Mount.Proc) {
      create("proc", List.of(), USUAL, target, inRoot);
    } else if (mount instanceof Mount.Sysfs sysfs) {
      create("sysfs", List.of(), readOnly(USUAL, sysfs.readOnly()), target, inRoot);
    } else if (mount instanceof Mount.Mqueue) {
      create("mqueue", List.of(), USUAL, target, inRoot);
    } else if (mount instanceof Mount.Tmpfs tmpfs) {
      List<Option> options = new ArrayList<>();
      options.add(new Option("mode", Integer.toOctalString(tmpfs.mode())));
      if (tmpfs.sizeBytes() > 0) {
        options.add(new Option("size", Long.toString(tmpfs.sizeBytes())));
      }
      long attributes = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV;
      create(
          "tmpfs",
          options,
          tmpfs.noexec() ? attributes | MountFlags.MOUNT_ATTR_NOEXEC : attributes,
          target,
          inRoot);
    } else if (mount instanceof Mount.Cgroup cgroup) {
      cgroups.attach(inRoot, target, cgroup.readOnly());
      mayCoverDev(target);
    } else if (mount instanceof Mount.Dev) {
      dev.attach(inRoot, target);
      ofDev = Set.of(target + "/mqueue", target + "/shm");
    }
  }

  private void openPlace(String step, String target, boolean folder, Data into, InRoot inRoot) {
    if (folder && ofDev.contains(target)) {
      inRoot.open(step, target, OpenFiles.O_DIRECTORY, into);
    } else {
      inRoot.openOrMake(step, target, folder, into);
    }
  }

  private void create(
      String type, List<Option> options, long attributes, String target, InRoot inRoot) {
    String step = "mount " + type + " on " + target;
    Data mount = Data.slot(type);
    Data folder = Data.slot(target);
    mounts.create(step, type, options, attributes, mount);
    openPlace(step, target, true, folder, inRoot);
    mayCoverDev(target);
    mounts.attach(step, mount, folder);
  }

  /** What is mounted elsewhere may still be on /dev, through a link of the image. */
  private void mayCoverDev(String target) {
    if (!ofDev.contains(target)) {
      ofDev = Set.of();
    }
  }

  private void attachPrepared(String step, Mount mount, boolean folder, InRoot inRoot) {
    Data target = Data.slot(mount.target());
    openPlace(step, mount.target(), folder, target, inRoot);
    mayCoverDev(mount.target());
    mounts.attach(step, prepared.get(mount), target);
  }

  /** A folder of an image is attached whole first, because only what is attached can be copied. */
  private void attachImage(Mount.ImageVolume volume, InRoot inRoot) {
    String step = "mount an image on " + volume.target();
    Data image = prepared.get(volume);
    mounts.setAttributes(step + " read-only", image, MountFlags.MOUNT_ATTR_RDONLY, false);
    attachPrepared(step, volume, true, inRoot);
    if (!volume.subPath().isEmpty()) {
      String part = step + ", folder " + volume.subPath() + " of it";
      Data found = Data.slot("folder of the image");
      Data copy = Data.slot("mount of the image's folder");
      Data target = Data.slot(volume.target());
      new InRoot(program, image).open(part, volume.subPath(), 0, found);
      mounts.copyTreeAt(part, found, "", false, copy);
      inRoot.open(part, volume.target(), 0, target);
      mounts.attach(part, copy, target);
    }
  }

  private static boolean isFolder(Mount.Bind bind) {
    return Files.isDirectory(bind.source().resolve(bind.subPath()));
  }

  private static long readOnly(long attributes, boolean readOnly) {
    return readOnly ? attributes | MountFlags.MOUNT_ATTR_RDONLY : attributes;
  }
}
