package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Writes limits into the hierarchies of v1, in the order in which the kernel accepts them. */
final class LegacyLimits {
  private static final String CFS_QUOTA = "cpu.cfs_quota_us";
  private static final String CFS_PERIOD = "cpu.cfs_period_us";
  private static final String MEMORY = "memory.limit_in_bytes";
  private static final String MEMORY_AND_SWAP = "memory.memsw.limit_in_bytes";

  private final Function<String, Optional<Path>> folders;

  /**
   * @param folders the cgroup's folder by controller
   */
  LegacyLimits(Function<String, Optional<Path>> folders) {
    this.folders = folders;
  }

  void apply(Resources resources) throws IOException {
    cpu(resources);
    if (!resources.cpusetCpus().isEmpty()) {
      write("cpuset", "cpuset.cpus", resources.cpusetCpus());
    }
    if (!resources.cpusetMems().isEmpty()) {
      write("cpuset", "cpuset.mems", resources.cpusetMems());
    }
    memory(resources.memoryLimit(), resources.memorySwapLimit());
    if (resources.pidsLimit().isPresent()) {
      long limit = resources.pidsLimit().getAsLong();
      write("pids", "pids.max", limit < 0 ? "max" : Long.toString(limit));
    }
    for (Map.Entry<String, Long> hugepages : resources.hugepageLimits().entrySet()) {
      hugepages(hugepages.getKey(), hugepages.getValue());
    }
    if (!resources.unified().isEmpty()) {
      throw new IllegalArgumentException(
          "unified resources "
              + resources.unified().keySet()
              + " need cgroup v2, and this machine's controllers are on v1");
    }
  }

  private void cpu(Resources resources) throws IOException {
    if (resources.cpuShares().isPresent()) {
      write("cpu", "cpu.shares", Long.toString(resources.cpuShares().getAsLong()));
    }
    OptionalLong quota = resources.cpuQuota();
    OptionalLong period = resources.cpuPeriod();
    boolean quotaFirst = false;
    if (period.isPresent()) {
      try {
        write("cpu", CFS_PERIOD, Long.toString(period.getAsLong()));
      } catch (IOException e) {
        // With the old quota the new period may ask for more than the parent has.
        if (quota.isEmpty() || !ControlFile.failedWith(e, "Invalid argument")) {
          throw e;
        }
        quotaFirst = true;
      }
    }
    if (quota.isPresent()) {
      write("cpu", CFS_QUOTA, Long.toString(Math.max(-1, quota.getAsLong())));
    }
    if (quotaFirst) {
      write("cpu", CFS_PERIOD, Long.toString(period.orElseThrow()));
    }
  }

  /**
   * The kernel keeps memory at or below memory and swap together at every moment, so what grows is
   * written from the outside in, and what shrinks from the inside out.
   */
  private void memory(OptionalLong memory, OptionalLong together) throws IOException {
    if (memory.isEmpty() && together.isEmpty()) {
      return;
    }
    OptionalLong both = together.isPresent() ? together : memory;
    Path folder = controller("memory", MEMORY);
    if (!ControlFile.exists(folder.resolve(MEMORY_AND_SWAP))) {
      both =
          OptionalLong.empty(); // Swap accounting is off: then there is nothing to keep in order.
    }
    boolean grows = both.isPresent() && exceeds(both.getAsLong(), folder);
    if (grows) {
      ControlFile.write(folder.resolve(MEMORY_AND_SWAP), bytes(both.getAsLong()));
    }
    if (memory.isPresent()) {
      writeMemory(folder, bytes(memory.getAsLong()));
    }
    if (both.isPresent() && !grows) {
      ControlFile.write(folder.resolve(MEMORY_AND_SWAP), bytes(both.getAsLong()));
    }
  }

  private static boolean exceeds(long bytes, Path folder) throws IOException {
    OptionalLong now = ControlFile.limit(folder.resolve(MEMORY_AND_SWAP));
    return now.isPresent() && (bytes < 0 || bytes > now.getAsLong());
  }

  private static long bytes(long limit) {
    return Math.max(-1, limit);
  }

  private static void writeMemory(Path folder, long bytes) throws IOException {
    try {
      ControlFile.write(folder.resolve(MEMORY), bytes);
    } catch (IOException e) {
      if (ControlFile.failedWith(e, "Device or resource busy")) {
        throw new IOException(
            "limit memory to "
                + bytes
                + " bytes: more is in use ("
                + ControlFile.number(folder.resolve("memory.usage_in_bytes"))
                + ") and cannot be reclaimed",
            e);
      }
      throw e;
    }
  }

  private void hugepages(String pageSize, long bytes) throws IOException {
    Optional<Path> folder = folders.apply("hugetlb");
    if (folder.isPresent()) {
      Hugepages.limit(folder.get(), pageSize, bytes, ".limit_in_bytes");
    } else {
      Hugepages.refuseUnlessNone(pageSize, bytes);
    }
  }

  private Path controller(String controller, String file) throws IOException {
    return folders
        .apply(controller)
        .orElseThrow(
            () ->
                new IOException(
                    "set " + file + ": the " + controller + " controller is not mounted"));
  }

  private void write(String controller, String file, String value) throws IOException {
    Path path = controller(controller, file).resolve(file);
    try {
      ControlFile.write(path, value);
    } catch (NoSuchFileException e) {
      throw new IOException("write \"" + value + "\" to " + path + ": the file is missing", e);
    }
  }
}
