package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.container.ImageChoice;
import io.sandjar.runtime.container.MountSpec;
import io.sandjar.runtime.container.MountSpec.Propagation;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeUsage;
import io.sandjar.runtime.linux.mount.HostMounts;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.env.Expansion;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a pod's volumes and says how its containers mount them. */
public final class PodVolumes {
  private static final int SET_GROUP_ID = 02000;
  private static final int GROUP_WRITABLE = 0060;
  private static final int GROUP_READABLE = 0440;

  /** Stands for what is nested too deep to be counted: more than a disk, and fit for sums. */
  private static final long TOO_DEEP = 1L << 55;

  private final PodFolders folders;
  private final SettingFiles settings;

  public PodVolumes(PodFolders folders, Settings settings, ResourceFields resources) {
    this.folders = folders;
    this.settings = new SettingFiles(settings, resources);
  }

  /** Makes what is missing and brings settings up to date; to be called at each look at the pod. */
  public void prepare(Map<String, Object> pod) throws ConfigErrorException, IOException {
    String uid = uid(pod);
    for (Map<String, Object> volume : Trees.objects(Trees.object(pod, "spec"), "volumes")) {
      String name = Trees.string(volume, "name", "");
      Path folder = folders.volume(uid, name);
      if (SettingFiles.isKindOf(volume)) {
        try {
          new AtomicFolder(folder).write(readable(pod, settings.of(pod, volume)));
        } catch (ConfigErrorException e) {
          throw new ConfigErrorException(
              "MountVolume.SetUp failed for volume \"" + name + "\" : " + e.getMessage());
        }
        giveToGroup(pod, folder, false);
      } else if (volume.get("emptyDir") instanceof Map<?, ?>) {
        emptyDir(pod, Trees.object(volume, "emptyDir"), folder);
      } else if (volume.get("hostPath") instanceof Map<?, ?>) {
        try {
          HostPaths.prepare(Trees.object(volume, "hostPath"));
        } catch (ConfigErrorException e) {
          throw new ConfigErrorException(
              "MountVolume.SetUp failed for volume \"" + name + "\" : " + e.getMessage());
        }
      }
    }
  }

  /** Whether the node has made every volume that it is to make, at this look or an earlier one. */
  public boolean areMade(Map<String, Object> pod) {
    return Trees.objects(Trees.object(pod, "spec"), "volumes").stream()
        .filter(volume -> SettingFiles.isKindOf(volume) || volume.containsKey("emptyDir"))
        .map(volume -> folders.volume(uid(pod), Trees.string(volume, "name", "")))
        .allMatch(Files::isDirectory);
  }

  private void emptyDir(Map<String, Object> pod, Map<String, Object> emptyDir, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    String medium = Trees.string(emptyDir, "medium", "");
    boolean memory = !medium.isEmpty();
    boolean mounted =
        !Files.getAttribute(folder, "unix:dev")
            .equals(Files.getAttribute(folder.getParent(), "unix:dev"));
    // The mode is set last, so it tells that nothing was cut off; a reboot takes a tmpfs away.
    boolean finished = Files.getPosixFilePermissions(folder).size() == 9;
    if (finished && mounted == memory) {
      return;
    }
    if (memory && !mounted) {
      long size =
          Trees.string(emptyDir, "sizeLimit").map(text -> Quantity.of(text).ceil()).orElse(0L);
      MemoryVolume.mount(folder, medium, size);
    }
    giveToGroup(pod, folder, true);
    // Whoever the containers run as may write.
    int kept = (int) Files.getAttribute(folder, "unix:mode") & SET_GROUP_ID;
    Files.setAttribute(folder, "unix:mode", kept | 0777);
  }

  /** Settings are given to the fsGroup to read, whatever their modes say. */
  private static Map<String, AtomicFolder.Content> readable(
      Map<String, Object> pod, Map<String, AtomicFolder.Content> files) {
    if (fsGroup(pod).isEmpty()) {
      return files;
    }
    var readable = new LinkedHashMap<>(files);
    readable.replaceAll(
        (path, file) -> new AtomicFolder.Content(file.bytes(), file.mode() | GROUP_READABLE));
    return readable;
  }

  private static Optional<Long> fsGroup(Map<String, Object> pod) {
    return Trees.number(Trees.object(pod, "spec", "securityContext"), "fsGroup");
  }

  /** fsGroup: the files belong to the group, and new ones will. */
  private static void giveToGroup(Map<String, Object> pod, Path folder, boolean writable)
      throws IOException {
    Optional<Long> group = fsGroup(pod);
    if (group.isEmpty()) {
      return;
    }
    try (var tree = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        if (Files.isSymbolicLink(path)) {
          continue;
        }
        Files.setAttribute(path, "unix:gid", group.get().intValue());
        if (writable && Files.isDirectory(path)) {
          int mode = (int) Files.getAttribute(path, "unix:mode") & 07777;
          Files.setAttribute(path, "unix:mode", mode | SET_GROUP_ID | GROUP_WRITABLE);
        }
      }
    }
  }

  /** The mounts of a container's volumes. */
  public List<MountSpec> mounts(
      Map<String, Object> pod, Map<String, Object> container, Map<String, String> environment)
      throws ConfigErrorException, IOException {
    var mounts = new ArrayList<MountSpec>();
    for (Map<String, Object> mount : Trees.objects(container, "volumeMounts")) {
      mounts.add(mount(pod, mount, environment));
    }
    return mounts;
  }

  private MountSpec mount(
      Map<String, Object> pod, Map<String, Object> mount, Map<String, String> environment)
      throws ConfigErrorException, IOException {
    String name = Trees.string(mount, "name", "");
    Map<String, Object> volume =
        Trees.objects(Trees.object(pod, "spec"), "volumes").stream()
            .filter(candidate -> name.equals(candidate.get("name")))
            .findFirst()
            .orElseThrow(() -> new ConfigErrorException("the pod has no volume " + name));
    String subPath =
        Trees.string(mount, "subPathExpr")
            .map(expression -> Expansion.expand(expression, environment))
            .orElse(Trees.string(mount, "subPath", ""));
    boolean image = volume.get("image") instanceof Map<?, ?>;
    boolean readOnly = image || SettingFiles.isKindOf(volume) || Trees.flag(mount, "readOnly");
    String recursive = Trees.string(mount, "recursiveReadOnly", "Disabled");
    Path source = image ? Path.of("") : source(pod, volume, name);
    if (!image && !subPath.isEmpty()) {
      SubPaths.make(source, subPath);
    }
    return new MountSpec(
        Trees.string(mount, "mountPath", ""),
        source.toString(),
        readOnly,
        !recursive.equals("Disabled"),
        false,
        propagation(Trees.string(mount, "mountPropagation", "None")),
        List.of(),
        List.of(),
        image
            ? Optional.of(choice(Trees.string(Trees.object(volume, "image"), "reference", "")))
            : Optional.empty(),
        subPath);
  }

  private static ImageChoice choice(String image) {
    return new ImageChoice(image, image, "", Map.of());
  }

  private static Propagation propagation(String word) {
    return switch (word) {
      case "HostToContainer" -> Propagation.HOST_TO_CONTAINER;
      case "Bidirectional" -> Propagation.BIDIRECTIONAL;
      default -> Propagation.PRIVATE;
    };
  }

  private Path source(Map<String, Object> pod, Map<String, Object> volume, String name) {
    return volume.get("hostPath") instanceof Map<?, ?>
        ? Path.of(Trees.string(Trees.object(volume, "hostPath"), "path", "/"))
        : folders.volume(uid(pod), name);
  }

  /** Bytes on disk that an emptyDir holds; more than any limit where they cannot be counted. */
  public long usage(Map<String, Object> pod, String volume) throws IOException {
    var usage = new TreeUsage();
    try (Folder folder = Folder.open(folders.volume(uid(pod), volume))) {
      usage.add(folder);
    }
    return usage.isComplete() ? usage.bytes() : TOO_DEEP;
  }

  /** Unmounts and removes the volumes of a pod that has ended. */
  public void clear(String uid) throws IOException {
    Path volumes = folders.of(uid).resolve("volumes");
    if (Files.isDirectory(volumes)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(volumes)) {
        for (Path volume : all) {
          HostMounts.unmount(volume);
        }
      }
      FolderTree.delete(volumes);
    }
  }

  /** Removes all that the disk has of a pod, its logs too. */
  public void remove(String uid) throws IOException {
    clear(uid);
    FolderTree.delete(folders.of(uid));
    folders.removeLogs(uid);
  }

  private static String uid(Map<String, Object> pod) {
    return Trees.string(Trees.object(pod, "metadata"), "uid", "");
  }
}
