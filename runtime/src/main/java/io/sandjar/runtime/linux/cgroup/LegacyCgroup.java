package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A cgroup of v1: the same path in every hierarchy, and on a hybrid machine in the v2 tree too,
 * whose kill, freezer and pressure files work without any controller.
 */
final class LegacyCgroup implements Cgroup {
  private static final String FREEZER_STATE = "freezer.state";

  private final Mounts mounts;
  private final String path;

  LegacyCgroup(Mounts mounts, String path) {
    this.mounts = mounts;
    this.path = path;
  }

  @Override
  public String path() {
    return path;
  }

  private Optional<Path> folder(String controller) {
    return mounts.with(controller).map(hierarchy -> hierarchy.folder(path));
  }

  private Optional<Path> unified() {
    return mounts.v2().map(root -> CgroupPath.under(root, path));
  }

  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    mounts.v1().forEach(hierarchy -> folders.add(hierarchy.folder(path)));
    unified().ifPresent(folders::add);
    return folders;
  }

  /** The hierarchy to ask where its processes are: any has them all. */
  private Path anyFolder() {
    return unified().orElseGet(() -> mounts.v1().get(0).folder(path));
  }

  @Override
  public void create() throws IOException {
    for (Hierarchy hierarchy : mounts.v1()) {
      make(hierarchy, hierarchy.folder(path));
    }
    if (mounts.v2().isPresent()) {
      Hierarchy unified = new Hierarchy(mounts.v2().get(), Set.of());
      make(unified, unified.folder(path));
    }
  }

  /** With what is missing above it. */
  private static void make(Hierarchy hierarchy, Path folder) throws IOException {
    if (folder.equals(hierarchy.mountPoint())) {
      return;
    }
    if (!CgroupFolder.make(folder)) {
      make(hierarchy, folder.getParent());
      if (!CgroupFolder.make(folder)) {
        throw new NoSuchFileException(folder.getParent().toString());
      }
    }
    if (hierarchy.has("cpuset")) {
      inherit(hierarchy, folder, "cpuset.cpus");
      inherit(hierarchy, folder, "cpuset.mems");
    }
  }

  /** A new cpuset of v1 is empty, and no process may join it until it is not. */
  private static void inherit(Hierarchy hierarchy, Path folder, String file) throws IOException {
    if (!ControlFile.readIfPresent(folder.resolve(file)).isEmpty()) {
      return;
    }
    Path parents = folder.getParent().resolve(file);
    String value = ControlFile.readIfPresent(parents);
    if (value.isEmpty()) {
      // Whoever makes the parent at the same time, another daemon say, has not filled it yet.
      make(hierarchy, folder.getParent());
      value = ControlFile.readIfPresent(parents);
    }
    if (!value.isEmpty()) {
      ControlFile.write(folder.resolve(file), value);
    }
  }

  @Override
  public boolean exists() {
    return folders().stream().anyMatch(Files::isDirectory);
  }

  @Override
  public Join join() throws IOException {
    List<String> procs = new ArrayList<>();
    for (Hierarchy hierarchy : mounts.v1()) {
      procs.add(hierarchy.procs(path));
    }
    Optional<Path> unified = unified();
    return new Join(
        unified.isPresent() ? Optional.of(OpenFile.folder(unified.get())) : Optional.empty(),
        procs);
  }

  /**
   * In here, whatever is below. v1 lets any cgroup have processes, and v2 any that hands down no
   * controllers. This one has none that it could hand down, even where the v2 tree beside v1 has
   * some (hugetlb, say): nobody hands any down to it.
   */
  @Override
  public Join joinBeside(int pid) throws IOException {
    return join();
  }

  @Override
  public void apply(Resources resources) throws IOException {
    new LegacyLimits(this::folder).apply(resources);
  }

  @Override
  public void allowDevices(List<DeviceRule> rules) throws IOException {
    Optional<Path> devices = folder("devices");
    if (devices.isPresent()) {
      LegacyDevices.replace(devices.get(), rules);
    } else if (unified().isPresent()) {
      DeviceFilter.replace(unified().get(), rules);
    }
  }

  @Override
  public void freeze() throws IOException {
    Optional<Path> unified = unified().filter(UnifiedFreezer::available);
    if (unified.isPresent()) {
      UnifiedFreezer.freeze(unified.get());
      return;
    }
    Path state = freezer();
    // A task that forks while it is frozen can hold the state at FREEZING; asking again ends that.
    StateWait.until(
        () -> {
          ControlFile.write(state, "FROZEN");
          return ControlFile.read(state).equals("FROZEN");
        },
        "freeze " + state);
  }

  @Override
  public void thaw() throws IOException {
    Optional<Path> unified = unified().filter(UnifiedFreezer::available);
    if (unified.isPresent()) {
      UnifiedFreezer.thaw(unified.get());
    } else {
      ControlFile.write(freezer(), "THAWED");
    }
  }

  private Path freezer() throws IOException {
    return folder("freezer")
        .map(folder -> folder.resolve(FREEZER_STATE))
        .orElseThrow(
            () -> new IOException("freeze " + path + ": no freezer controller is mounted"));
  }

  @Override
  public void kill() throws IOException {
    KillLoop.kill(this, anyFolder());
  }

  @Override
  public List<Integer> processes() throws IOException {
    return CgroupTree.processes(anyFolder());
  }

  @Override
  public long oomKills() throws IOException {
    long kills = 0;
    Optional<Path> memory = folder("memory");
    if (memory.isPresent()) {
      // v1 counts in the very cgroup only, not in those above it.
      for (Path each : CgroupTree.deepestFirst(memory.get())) {
        kills += ControlFile.pairs(each.resolve("memory.oom_control")).getOrDefault("oom_kill", 0L);
      }
    }
    return kills;
  }

  @Override
  public CgroupUsage usage() throws IOException {
    return LegacyStats.usage(this::folder, unified());
  }

  @Override
  public CgroupStats stats() throws IOException {
    return LegacyStats.read(this::folder, unified());
  }

  @Override
  public void remove() throws IOException {
    IOException failure = null;
    for (Path folder : folders()) {
      try {
        CgroupTree.remove(folder);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public String toString() {
    return path;
  }
}
