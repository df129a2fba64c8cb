package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A cgroup of v2. */
final class UnifiedCgroup implements Cgroup {
  private static final String SUBTREE_CONTROL = "cgroup.subtree_control";

  private final Path root;
  private final String path;
  private final Path folder;

  UnifiedCgroup(Path root, String path) {
    this.root = root;
    this.path = path;
    this.folder = CgroupPath.under(root, path);
  }

  @Override
  public String path() {
    return path;
  }

  Path folder() {
    return folder;
  }

  @Override
  public void create() throws IOException {
    make(folder);
  }

  /** Makes the parent first, with every controller handed down that it has. */
  private void make(Path each) throws IOException {
    if (each.equals(root)) {
      return;
    }
    if (Files.isDirectory(each)) {
      return; // The kubelet made it and decides which controllers it hands down, see below.
    }
    make(each.getParent());
    handDown(each.getParent());
    try {
      Files.createDirectory(each);
    } catch (FileAlreadyExistsException e) {
      // Made by someone else at the same time: just as good.
    }
  }

  private static void handDown(Path parent) throws IOException {
    // Memory first: where the parent holds processes it is refused at once, while the controllers
    // that work on threads would be accepted and leave the children unable to hold a process.
    TreeSet<String> missing =
        new TreeSet<>(
            Comparator.comparing((String name) -> !name.equals("memory"))
                .thenComparing(Comparator.naturalOrder()));
    missing.addAll(words(ControlFile.read(parent.resolve("cgroup.controllers"))));
    words(ControlFile.read(parent.resolve(SUBTREE_CONTROL))).forEach(missing::remove);
    for (String controller : missing) {
      try {
        ControlFile.write(parent.resolve(SUBTREE_CONTROL), "+" + controller);
      } catch (IOException e) {
        if (ControlFile.failedWith(e, "Device or resource busy")) {
          throw new IOException(
              e.getMessage()
                  + ": the cgroup holds processes, and cgroup v2 limits only cgroups whose parent "
                  + "holds none; move them into a cgroup below it",
              e);
        }
        // Some controllers cannot be had everywhere (cpu with realtime tasks, misc without any
        // device). A limit that needs one says so when it is set.
        if (!ControlFile.failedWith(e, "Invalid argument")
            && !ControlFile.failedWith(e, "Operation not supported")
            && !ControlFile.failedWith(e, "No such file or directory")) {
          throw e;
        }
      }
    }
  }

  private static List<String> words(String line) {
    return line.isEmpty() ? List.of() : List.of(line.split(" "));
  }

  @Override
  public boolean exists() {
    return Files.isDirectory(folder);
  }

  @Override
  public Join join() throws IOException {
    return new Join(Optional.of(OpenFile.folder(folder)), List.of());
  }

  @Override
  public Join joinBeside(int pid) throws IOException {
    String now = ProcCgroup.of(pid).path("").orElse(path);
    // A process that has left for elsewhere does not take an exec of this container with it.
    return now.startsWith(path + "/")
        ? new Join(Optional.of(OpenFile.folder(CgroupPath.under(root, now))), List.of())
        : join();
  }

  @Override
  public void apply(Resources resources) throws IOException {
    new UnifiedLimits(folder).apply(resources);
  }

  @Override
  public void allowDevices(List<DeviceRule> rules) throws IOException {
    DeviceFilter.replace(folder, rules);
  }

  @Override
  public void freeze() throws IOException {
    UnifiedFreezer.freeze(folder);
  }

  @Override
  public void thaw() throws IOException {
    UnifiedFreezer.thaw(folder);
  }

  @Override
  public void kill() throws IOException {
    KillLoop.kill(this, folder);
  }

  @Override
  public List<Integer> processes() throws IOException {
    return CgroupTree.processes(folder);
  }

  @Override
  public long oomKills() throws IOException {
    return ControlFile.pairs(folder.resolve("memory.events")).getOrDefault("oom_kill", 0L);
  }

  @Override
  public CgroupUsage usage() throws IOException {
    return UnifiedStats.usage(folder);
  }

  @Override
  public CgroupStats stats() throws IOException {
    return UnifiedStats.read(folder);
  }

  @Override
  public void remove() throws IOException {
    CgroupTree.remove(folder);
  }

  /** Waits a little for dying processes, and fails if some live on. */
  void requireEmpty() throws IOException {
    StateWait.until(() -> processes().isEmpty(), "wait for the last process in " + folder);
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
