package io.sandjar.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The limits that the kernel has for a process, read from the files themselves.
 *
 * @param folders of its cgroup by controller; by "" in the v2 tree
 */
public record CgroupFiles(Map<String, Path> folders) {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  public static CgroupFiles of(long pid) throws IOException {
    Map<String, Path> folders = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      String[] fields = line.split(":", 3);
      for (String controller : fields[1].split(",")) {
        folders.put(controller, ROOT.resolve(controller).resolve(fields[2].substring(1)));
      }
    }
    return new CgroupFiles(folders);
  }

  /** Of the cgroup above, which is the pod's where this one is a container's. */
  public CgroupFiles parent() {
    Map<String, Path> parents = new TreeMap<>(folders);
    parents.replaceAll((controller, folder) -> folder.getParent());
    return new CgroupFiles(parents);
  }

  /** In bytes. */
  public String memoryLimit() throws IOException {
    return folders.containsKey("memory")
        ? read("memory", "memory.limit_in_bytes")
        : read("", "memory.max");
  }

  /** In microseconds, with a space between. */
  public String cpuQuotaAndPeriod() throws IOException {
    return folders.containsKey("cpu")
        ? read("cpu", "cpu.cfs_quota_us") + ' ' + read("cpu", "cpu.cfs_period_us")
        : read("", "cpu.max");
  }

  /** Shares of v1; the weight that stands for them on v2. */
  public String cpuShares() throws IOException {
    return folders.containsKey("cpu") ? read("cpu", "cpu.shares") : read("", "cpu.weight");
  }

  /** Whether the kernel tells how long this cgroup stood still for want of something. */
  boolean hasPressure() {
    Path folder = folders.get("");
    Path hybrid = ROOT.resolve("unified");
    Path unified = Files.isDirectory(hybrid) ? hybrid.resolve(ROOT.relativize(folder)) : folder;
    return Files.isReadable(unified.resolve("cpu.pressure"));
  }

  private String read(String controller, String file) throws IOException {
    return Files.readString(folders.get(controller).resolve(file)).strip();
  }
}
