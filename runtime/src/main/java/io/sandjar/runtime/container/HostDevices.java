package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.cgroup.DeviceRule;
import io.sandjar.runtime.linux.launch.DeviceNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** Looks up the devices of the host that a container asks for. */
final class HostDevices {
  private static final Path DEV = Path.of("/dev");
  private static final int S_IFMT = 0xf000;
  private static final int S_IFCHR = 0x2000;
  private static final int S_IFBLK = 0x6000;
  private static final int PERMISSIONS = 0777;

  /** Folders of /dev that every container has its own of. */
  private static final Set<String> OWN =
      Set.of(
          "pts", "shm", "mqueue", "fd", "console", "ptmx", "null", "zero", "full", "random",
          "urandom", "tty");

  private final List<DeviceNode> nodes = new ArrayList<>();
  private final List<DeviceRule> rules = new ArrayList<>();

  private HostDevices() {}

  static HostDevices of(ContainerSpec spec) throws IOException {
    HostDevices devices = new HostDevices();
    if (spec.security().privileged()) {
      devices.rules.add(DeviceRule.ALL);
      devices.addFolder(DEV, DEV.toString(), "rwm");
    } else {
      devices.rules.addAll(DeviceRule.STANDARD);
    }
    for (DeviceSpec device : spec.devices()) {
      devices.add(device);
    }
    return devices;
  }

  List<DeviceNode> nodes() {
    return nodes;
  }

  List<DeviceRule> rules() {
    return rules;
  }

  private void add(DeviceSpec device) throws IOException {
    Path host;
    try {
      host = Path.of(device.hostPath()).toRealPath();
    } catch (NoSuchFileException missing) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "device " + device.hostPath() + ": there is none on the host");
    }
    if (Files.isDirectory(host)) {
      addFolder(host, device.containerPath(), device.permissions());
    } else if (!addNode(host, device.containerPath(), device.permissions())) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "device " + device.hostPath() + " is not a device");
    }
  }

  private void addFolder(Path host, String target, String permissions) throws IOException {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(host)) {
      entries = listed.sorted().toList();
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (host.equals(DEV) && OWN.contains(name)) {
        continue;
      }
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        addFolder(entry, target + '/' + name, permissions);
      } else {
        addNode(entry, target + '/' + name, permissions);
      }
    }
  }

  private boolean addNode(Path host, String target, String permissions) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(host, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) attributes.get("mode");
    boolean block = (mode & S_IFMT) == S_IFBLK;
    if (!block && (mode & S_IFMT) != S_IFCHR) {
      return false;
    }
    long device = (Long) attributes.get("rdev");
    nodes.removeIf(node -> node.path().equals(target));
    nodes.add(
        new DeviceNode(
            target,
            host,
            block,
            major(device),
            minor(device),
            mode & PERMISSIONS,
            (Integer) attributes.get("uid"),
            (Integer) attributes.get("gid")));
    if (!rules.contains(DeviceRule.ALL)) {
      rules.add(
          new DeviceRule(
              block ? DeviceRule.Kind.BLOCK : DeviceRule.Kind.CHARACTER,
              OptionalInt.of(major(device)),
              OptionalInt.of(minor(device)),
              permissions));
    }
    return true;
  }

  /** makedev(3): the numbers are spread over the 64 bits for old programs' sake. */
  private static int major(long device) {
    return (int) (((device >> 8) & 0xfff) | ((device >> 32) & ~0xfff));
  }

  private static int minor(long device) {
    return (int) ((device & 0xff) | ((device >> 12) & ~0xff));
  }
}
