package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

/** Writes limits into a cgroup of v2. */
final class UnifiedLimits {
  private static final String DEFAULT_PERIOD = "100000";

  private final Path folder;

  UnifiedLimits(Path folder) {
    this.folder = folder;
  }

  void apply(Resources resources) throws IOException {
    cpu(resources);
    cpuset("cpuset.cpus", resources.cpusetCpus());
    cpuset("cpuset.mems", resources.cpusetMems());
    memory(resources.memoryLimit(), resources.memorySwapLimit());
    if (resources.pidsLimit().isPresent()) {
      limit("pids.max", resources.pidsLimit().getAsLong(), "pids");
    }
    for (Map.Entry<String, Long> hugepages : resources.hugepageLimits().entrySet()) {
      Hugepages.limit(folder, hugepages.getKey(), hugepages.getValue(), ".max");
    }
    for (Map.Entry<String, String> value : resources.unified().entrySet()) {
      unified(value.getKey(), value.getValue());
    }
  }

  private void cpu(Resources resources) throws IOException {
    if (resources.cpuShares().isPresent()) {
      write(
          "cpu.weight",
          Long.toString(CpuWeight.ofShares(resources.cpuShares().getAsLong())),
          "cpu");
    }
    if (resources.cpuQuota().isPresent() || resources.cpuPeriod().isPresent()) {
      String[] now = cpuMax();
      String quota =
          resources.cpuQuota().isPresent() ? limit(resources.cpuQuota().getAsLong()) : now[0];
      String period =
          resources.cpuPeriod().isPresent()
              ? Long.toString(resources.cpuPeriod().getAsLong())
              : now[1];
      write("cpu.max", quota + " " + period, "cpu");
    }
  }

  /** Quota and period as they are, so that one can be set without the other. */
  private String[] cpuMax() throws IOException {
    String[] now = ControlFile.readIfPresent(folder.resolve("cpu.max")).split(" ");
    return now.length == 2 ? now : new String[] {limit(-1), DEFAULT_PERIOD};
  }

  private void cpuset(String file, String value) throws IOException {
    if (!value.isEmpty()) {
      write(file, value, "cpuset");
    }
  }

  /**
   * Neither order can fail here: memory.max and memory.swap.max are limits apart. Raising comes
   * before lowering all the same, so that no moment is tighter than both the old and the new.
   */
  private void memory(OptionalLong memory, OptionalLong memoryAndSwap) throws IOException {
    if (memory.isEmpty() && memoryAndSwap.isEmpty()) {
      return;
    }
    OptionalLong swap = swap(memory, memoryAndSwap);
    if (memory.isPresent()) {
      limit("memory.max", memory.getAsLong(), "memory");
    }
    if (swap.isPresent()) {
      try {
        ControlFile.writeLimit(folder.resolve("memory.swap.max"), swap.getAsLong());
      } catch (NoSuchFileException e) {
        // Swap accounting is off (swapaccount=0, or no CONFIG_SWAP): only "no swap beyond the
        // limit" could not be kept, and that only matters where swap is on.
      }
    }
  }

  /** v2 limits swap alone, while the request counts memory and swap together. */
  private OptionalLong swap(OptionalLong memory, OptionalLong memoryAndSwap) throws IOException {
    if (memoryAndSwap.isEmpty()) {
      return memory.orElse(0) < 0 ? OptionalLong.of(-1) : OptionalLong.of(0);
    }
    long together = memoryAndSwap.getAsLong();
    OptionalLong of = memory.isPresent() ? memory : ControlFile.limit(folder.resolve("memory.max"));
    if (together < 0 || of.isEmpty() || of.getAsLong() < 0) {
      return OptionalLong.of(-1);
    }
    if (together < of.getAsLong()) {
      throw new IllegalArgumentException(
          "the limit of memory and swap together ("
              + together
              + ") is below that of memory ("
              + of.getAsLong()
              + ")");
    }
    return OptionalLong.of(together - of.getAsLong());
  }

  private void unified(String file, String value) throws IOException {
    if (file.isEmpty() || file.indexOf('/') >= 0 || file.indexOf('.') < 1) {
      throw new IllegalArgumentException(
          "not a file of a cgroup: \"" + file + "\"; it must look like memory.high");
    }
    // Files such as io.max take one line a device, and each needs a write of its own.
    for (String line : value.split("\n")) {
      write(file, line, file.substring(0, file.indexOf('.')));
    }
  }

  private static String limit(long value) {
    return value < 0 ? "max" : Long.toString(value);
  }

  private void limit(String file, long value, String controller) throws IOException {
    write(file, limit(value), controller);
  }

  private void write(String file, String value, String controller) throws IOException {
    try {
      ControlFile.write(folder.resolve(file), value);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "set "
              + file
              + " to "
              + value
              + " in "
              + folder
              + ": the file is missing; is the "
              + controller
              + " controller in the parent's cgroup.subtree_control?",
          e);
    }
  }
}
