package io.sandjar.runtime.linux.launch;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the host's device nodes, for containers that may use them. */
public final class HostDevices {
  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int PERMISSIONS = 0777;

  /** Folders that every container has of its own, and the host's console. */
  private static final Set<String> OWN =
      Set.of("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev");

  private HostDevices() {}

  /**
   * A device.
   *
   * @param host the node, or a link to it
   * @throws IOException if it is no device
   */
  public static DeviceNode at(Path host, String containerPath) throws IOException {
    return node(host.toRealPath(), containerPath)
        .orElseThrow(() -> new IOException(host + " is not a device"));
  }

  /** A device, or all that are below a folder, as {@code /dev/snd}. */
  public static List<DeviceNode> below(Path host, String containerPath) throws IOException {
    Path real = host.toRealPath();
    if (!Files.isDirectory(real)) {
      return List.of(at(real, containerPath));
    }
    List<DeviceNode> found = new ArrayList<>();
    for (DeviceNode node : walk(real, Set.of())) {
      Path path = Path.of(containerPath).resolve(real.relativize(node.host()));
      found.add(moved(node, path.toString()));
    }
    return found;
  }

  /** Every device of the host, for a privileged container. */
  public static List<DeviceNode> all() throws IOException {
    Path dev = Path.of("/dev");
    return walk(dev, OWN).stream().filter(node -> !node.path().equals("/dev/console")).toList();
  }

  private static DeviceNode moved(DeviceNode node, String path) {
    return new DeviceNode(
        path,
        node.host(),
        node.block(),
        node.major(),
        node.minor(),
        node.mode(),
        node.uid(),
        node.gid());
  }

  private static List<DeviceNode> walk(Path folder, Set<String> leftOut) throws IOException {
    List<DeviceNode> found = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return leftOut.contains(path.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isOther()) {
              node(path, path.toString()).ifPresent(found::add);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) {
            // Devices come and go while this looks.
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  private static Optional<DeviceNode> node(Path host, String containerPath) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(host, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) stat.get("mode");
    boolean block = (mode & S_IFMT) == S_IFBLK;
    if (!block && (mode & S_IFMT) != S_IFCHR) {
      return Optional.empty();
    }
    long device = (Long) stat.get("rdev");
    // As glibc's gnu_dev_major and gnu_dev_minor unpack it.
    int major = (int) ((device >>> 8) & 0xfff);
    int minor = (int) ((device & 0xff) | ((device >>> 12) & 0xfff00));
    return Optional.of(
        new DeviceNode(
            containerPath,
            host,
            block,
            major,
            minor,
            mode & PERMISSIONS,
            (Integer) stat.get("uid"),
            (Integer) stat.get("gid")));
  }
}
