package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Steps that make a container's {@code /dev}: nodes, links, devpts and console.
 *
 * <p>It is filled while it is mounted nowhere yet and by the host's root, who alone may make nodes.
 */
final class DevSteps {
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int EVERYBODY = 0666;
  private static final int TTY_GROUP = 5;
  private static final String PREFIX = "/dev/";

  /** The nodes that the OCI runtime specification asks for. */
  private static final List<DeviceNode> STANDARD =
      List.of(
          standard("null", 1, 3),
          standard("zero", 1, 5),
          standard("full", 1, 7),
          standard("random", 1, 8),
          standard("urandom", 1, 9),
          standard("tty", 5, 0));

  private static final Map<String, String> LINKS = new LinkedHashMap<>();

  static {
    LINKS.put("fd", "/proc/self/fd");
    LINKS.put("stdin", "/proc/self/fd/0");
    LINKS.put("stdout", "/proc/self/fd/1");
    LINKS.put("stderr", "/proc/self/fd/2");
    LINKS.put("ptmx", "pts/ptmx");
    LINKS.put("core", "/proc/kcore");
  }

  private final ProgramBuilder program;
  private final MountCalls mounts;
  private final Optional<UserNamespace> user;
  private final Fd ownDevpts;
  private final boolean console;
  private final Data dev = Data.slot("dev");
  private final Data devpts = Data.slot("devpts");

  /**
   * @param ownDevpts the container's, mounted nowhere yet; its monitor keeps it for later terminals
   * @param console whether its first terminal is the container's console
   */
  DevSteps(ProgramBuilder program, Optional<UserNamespace> user, Fd ownDevpts, boolean console) {
    this.program = program;
    this.mounts = new MountCalls(program);
    this.user = user;
    this.ownDevpts = ownDevpts;
    this.console = console;
  }

  /** The gid of the terminals' group, as the host knows it. */
  static int ttyGid(Optional<UserNamespace> user) {
    return user.map(namespace -> namespace.rootGid() + TTY_GROUP).orElse(TTY_GROUP);
  }

  /** Fills a detached tmpfs. */
  void prepare(List<DeviceNode> devices) {
    List<Option> options =
        new ArrayList<>(List.of(new Option("mode", "755"), new Option("size", "65536k")));
    user.ifPresent(
        namespace -> {
          options.add(new Option("uid", Integer.toUnsignedString(namespace.rootUid())));
          options.add(new Option("gid", Integer.toUnsignedString(namespace.rootGid())));
        });
    mounts.create(
        "make a tmpfs for /dev",
        "tmpfs",
        options,
        MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_STRICTATIME,
        dev);
    Map<String, DeviceNode> nodes = new LinkedHashMap<>();
    STANDARD.forEach(node -> nodes.put(node.path(), node));
    devices.stream()
        .filter(node -> node.path().startsWith(PREFIX))
        .forEach(node -> nodes.put(node.path(), node));
    makeFolders(nodes);
    nodes.values().forEach(this::makeNode);
    LINKS.forEach(
        (name, target) -> {
          if (!nodes.containsKey(PREFIX + name)) {
            program.call("link /dev/" + name, Syscall.SYMLINKAT, text(target), in(dev), text(name));
          }
        });
    program.value("use the container's devpts", file(ownDevpts)).into(devpts);
    user.ifPresent(
        namespace ->
            program.call(
                "give /dev/pts to the pod's root",
                Syscall.FCHOWNAT,
                in(devpts),
                text(""),
                num(namespace.rootUid()),
                num(namespace.rootGid()),
                num(MountFlags.AT_EMPTY_PATH)));
  }

  private void makeFolders(Map<String, DeviceNode> nodes) {
    TreeSet<String> folders = new TreeSet<>(List.of("pts", "shm", "mqueue"));
    for (String path : nodes.keySet()) {
      String below = path.substring(PREFIX.length());
      for (int slash = below.indexOf('/'); slash > 0; slash = below.indexOf('/', slash + 1)) {
        folders.add(below.substring(0, slash));
      }
    }
    for (String folder : folders) {
      String step = "make the folder /dev/" + folder;
      program.call(step, Syscall.MKDIRAT, in(dev), text(folder), num(0755));
      own(step, folder, 0, 0);
    }
  }

  private void makeNode(DeviceNode node) {
    String name = node.path().substring(PREFIX.length());
    String step = "make the device " + node.path();
    program.call(
        step,
        Syscall.MKNODAT,
        in(dev),
        text(name),
        num((node.block() ? S_IFBLK : S_IFCHR) | node.mode()),
        num(deviceNumber(node.major(), node.minor())));
    own(step, name, node.uid(), node.gid());
  }

  private void own(String step, String name, int uid, int gid) {
    if (user.isEmpty() && uid == 0 && gid == 0) {
      return;
    }
    program.call(
        step,
        Syscall.FCHOWNAT,
        in(dev),
        text(name),
        num(user.map(UserNamespace::rootUid).orElse(0) + uid),
        num(user.map(UserNamespace::rootGid).orElse(0) + gid),
        num(MountFlags.AT_SYMLINK_NOFOLLOW));
  }

  /** As the kernel's new_encode_dev packs it. */
  static long deviceNumber(int major, int minor) {
    return (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
  }

  /** Mounts it and what belongs on it. */
  void attach(InRoot root, String target) {
    Data folder = Data.slot(target);
    root.openOrMake("mount a tmpfs on " + target, target, true, folder);
    mounts.attach("mount a tmpfs on " + target, dev, folder);
    attachDevpts(target + "/pts");
    if (console) {
      attachConsole(root, target + "/console");
    }
  }

  /** On a folder of the tmpfs, which is nobody else's: nothing there can be a link. */
  private void attachDevpts(String target) {
    String step = "mount devpts on " + target;
    Data pts = Data.slot(target);
    program
        .call(
            step,
            Syscall.OPENAT,
            in(dev),
            text("pts"),
            num(
                OpenFiles.O_PATH
                    | OpenFiles.O_DIRECTORY
                    | OpenFiles.O_NOFOLLOW
                    | OpenFiles.O_CLOEXEC),
            num(0))
        .into(pts);
    mounts.attach(step, devpts, pts);
  }

  /** The terminal's slave; the first terminal of a devpts is number 0. */
  private void attachConsole(InRoot root, String target) {
    String step = "mount the terminal on " + target;
    Data place = Data.slot(target);
    Data slave = Data.slot("console");
    root.openOrMake(step, target, false, place);
    mounts.copyTreeAt(step, devpts, "0", false, slave);
    mounts.attach(step, slave, place);
  }

  /** Devices that are shown elsewhere than below /dev: the host's own node of each. */
  static List<DeviceNode> elsewhere(List<DeviceNode> devices) {
    return devices.stream().filter(node -> !node.path().startsWith(PREFIX)).toList();
  }

  private static DeviceNode standard(String name, int major, int minor) {
    return new DeviceNode(
        PREFIX + name, Path.of(PREFIX + name), false, major, minor, EVERYBODY, 0, 0);
  }
}
