package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Reads what a cgroup of v1 has used, from the hierarchy of each controller. */
final class LegacyStats {
  private static final long NANOS_PER_TICK = 10_000_000; // USER_HZ is 100 on all we run on.

  private final Function<String, Optional<Path>> folders;

  private LegacyStats(Function<String, Optional<Path>> folders) {
    this.folders = folders;
  }

  static CgroupUsage usage(Function<String, Optional<Path>> folders, Optional<Path> unified)
      throws IOException {
    LegacyStats stats = new LegacyStats(folders);
    return stats.usage(unified, stats.memoryStat());
  }

  static CgroupStats read(Function<String, Optional<Path>> folders, Optional<Path> unified)
      throws IOException {
    LegacyStats stats = new LegacyStats(folders);
    Map<String, Long> memoryStat = stats.memoryStat();
    return new CgroupStats(
        stats.usage(unified, memoryStat),
        stats.cpu(),
        stats.memory(memoryStat),
        stats.pids(unified),
        stats.io());
  }

  private Map<String, Long> memoryStat() throws IOException {
    return pairs(folders.apply("memory"), "memory.stat");
  }

  /** The "total_" lines count the cgroups below it too, as its usage does. */
  private CgroupUsage usage(Optional<Path> unified, Map<String, Long> stat) throws IOException {
    Optional<Path> memory = folders.apply("memory");
    long usage = number(memory, "memory.usage_in_bytes");
    OptionalLong limit = limit(memory, "memory.limit_in_bytes");
    return new CgroupUsage(
        Clock.epochNanos(),
        number(folders.apply("cpuacct"), "cpuacct.usage"),
        new CgroupUsage.Memory(
            usage,
            Math.max(0, usage - stat.getOrDefault("total_inactive_file", 0L)),
            stat.getOrDefault("total_rss", 0L),
            stat.getOrDefault("total_pgfault", 0L),
            stat.getOrDefault("total_pgmajfault", 0L),
            stat.getOrDefault("total_swap", 0L),
            limit,
            swapLimit(memory, limit)),
        unified.isPresent() ? UnifiedStats.pressures(unified.get()) : CgroupUsage.Pressures.NONE);
  }

  /** v1 limits memory and swap together, and only below a limit of memory. */
  private static OptionalLong swapLimit(Optional<Path> memory, OptionalLong limit)
      throws IOException {
    OptionalLong both =
        limit.isPresent() ? limit(memory, "memory.memsw.limit_in_bytes") : OptionalLong.empty();
    return both.isPresent()
        ? OptionalLong.of(Math.max(0, both.getAsLong() - limit.getAsLong()))
        : OptionalLong.empty();
  }

  private CgroupStats.Cpu cpu() throws IOException {
    Map<String, Long> ticks = pairs(folders.apply("cpuacct"), "cpuacct.stat");
    Map<String, Long> stat = pairs(folders.apply("cpu"), "cpu.stat");
    return new CgroupStats.Cpu(
        ticks.getOrDefault("user", 0L) * NANOS_PER_TICK,
        ticks.getOrDefault("system", 0L) * NANOS_PER_TICK,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_time", 0L));
  }

  private CgroupStats.Memory memory(Map<String, Long> stat) throws IOException {
    Optional<Path> memory = folders.apply("memory");
    return new CgroupStats.Memory(
        number(memory, "memory.max_usage_in_bytes"),
        stat.getOrDefault("total_cache", 0L),
        stat.getOrDefault("total_mapped_file", 0L),
        number(memory, "memory.kmem.usage_in_bytes"),
        // Where both limits are the same, the one on memory and swap together is hit first.
        number(memory, "memory.failcnt") + number(memory, "memory.memsw.failcnt"),
        pairs(memory, "memory.oom_control").getOrDefault("oom_kill", 0L));
  }

  private CgroupStats.Pids pids(Optional<Path> unified) throws IOException {
    Optional<Path> pids = folders.apply("pids");
    Optional<Path> anywhere = unified.or(() -> pids).or(() -> folders.apply("memory"));
    int processes = anywhere.isPresent() ? CgroupTree.processes(anywhere.get()).size() : 0;
    return new CgroupStats.Pids(
        processes, limit(pids, "pids.current").orElse(processes), limit(pids, "pids.max"));
  }

  private List<CgroupStats.BlockIo> io() throws IOException {
    Optional<Path> blkio = folders.apply("blkio");
    if (blkio.isEmpty()) {
      return List.of();
    }
    Map<String, long[]> devices = new LinkedHashMap<>();
    collect(blkio.get(), "blkio.throttle.io_service_bytes_recursive", 0, devices);
    collect(blkio.get(), "blkio.throttle.io_serviced_recursive", 2, devices);
    List<CgroupStats.BlockIo> io = new ArrayList<>();
    devices.forEach(
        (device, values) -> {
          int colon = device.indexOf(':');
          io.add(
              new CgroupStats.BlockIo(
                  Integer.parseInt(device.substring(0, colon)),
                  Integer.parseInt(device.substring(colon + 1)),
                  values[0],
                  values[1],
                  values[2],
                  values[3]));
        });
    return io;
  }

  /** Lines such as {@code 8:0 Read 4096}. */
  private static void collect(Path folder, String file, int at, Map<String, long[]> devices)
      throws IOException {
    for (String line : ControlFile.readIfPresent(folder.resolve(file)).split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length != 3) {
        continue;
      }
      int index = List.of("Read", "Write").indexOf(fields[1]);
      if (index >= 0) {
        devices.computeIfAbsent(fields[0], device -> new long[4])[at + index] =
            Long.parseLong(fields[2]);
      }
    }
  }

  private static Map<String, Long> pairs(Optional<Path> folder, String file) throws IOException {
    return folder.isPresent() ? ControlFile.pairs(folder.get().resolve(file)) : Map.of();
  }

  private static long number(Optional<Path> folder, String file) throws IOException {
    return folder.isPresent() ? ControlFile.number(folder.get().resolve(file)) : 0;
  }

  private static OptionalLong limit(Optional<Path> folder, String file) throws IOException {
    return folder.isPresent()
        ? ControlFile.limit(folder.get().resolve(file))
        : OptionalLong.empty();
  }
}
