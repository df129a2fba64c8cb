package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Reads what a cgroup of v2 has used. */
final class UnifiedStats {
  private static final long NANOS_PER_MICRO = 1000;

  private UnifiedStats() {}

  static CgroupUsage usage(Path folder) throws IOException {
    return usage(folder, cpuStat(folder), memoryStat(folder));
  }

  static CgroupStats read(Path folder) throws IOException {
    Map<String, Long> cpu = cpuStat(folder);
    Map<String, Long> memory = memoryStat(folder);
    return new CgroupStats(
        usage(folder, cpu, memory), cpu(cpu), memory(folder, memory), pids(folder), io(folder));
  }

  private static Map<String, Long> cpuStat(Path folder) throws IOException {
    return ControlFile.pairs(folder.resolve("cpu.stat"));
  }

  private static Map<String, Long> memoryStat(Path folder) throws IOException {
    return ControlFile.pairs(folder.resolve("memory.stat"));
  }

  private static CgroupUsage usage(Path folder, Map<String, Long> cpu, Map<String, Long> memory)
      throws IOException {
    long usage = ControlFile.number(folder.resolve("memory.current"));
    return new CgroupUsage(
        Clock.epochNanos(),
        cpu.getOrDefault("usage_usec", 0L) * NANOS_PER_MICRO,
        new CgroupUsage.Memory(
            usage,
            Math.max(0, usage - memory.getOrDefault("inactive_file", 0L)),
            memory.getOrDefault("anon", 0L),
            memory.getOrDefault("pgfault", 0L),
            memory.getOrDefault("pgmajfault", 0L),
            ControlFile.number(folder.resolve("memory.swap.current")),
            ControlFile.limit(folder.resolve("memory.max")),
            ControlFile.limit(folder.resolve("memory.swap.max"))),
        pressures(folder));
  }

  private static CgroupStats.Cpu cpu(Map<String, Long> stat) {
    return new CgroupStats.Cpu(
        stat.getOrDefault("user_usec", 0L) * NANOS_PER_MICRO,
        stat.getOrDefault("system_usec", 0L) * NANOS_PER_MICRO,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * NANOS_PER_MICRO);
  }

  private static CgroupStats.Memory memory(Path folder, Map<String, Long> stat) throws IOException {
    Map<String, Long> events = ControlFile.pairs(folder.resolve("memory.events"));
    return new CgroupStats.Memory(
        ControlFile.number(folder.resolve("memory.peak")), // Since Linux 5.19.
        stat.getOrDefault("file", 0L),
        stat.getOrDefault("file_mapped", 0L),
        stat.getOrDefault("kernel", 0L),
        events.getOrDefault("max", 0L),
        events.getOrDefault("oom_kill", 0L));
  }

  private static CgroupStats.Pids pids(Path folder) throws IOException {
    OptionalLong threads = ControlFile.limit(folder.resolve("pids.current"));
    int processes = CgroupTree.processes(folder).size();
    return new CgroupStats.Pids(
        processes, threads.orElse(processes), ControlFile.limit(folder.resolve("pids.max")));
  }

  /** Lines such as {@code 8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0}. */
  private static List<CgroupStats.BlockIo> io(Path folder) throws IOException {
    List<CgroupStats.BlockIo> devices = new ArrayList<>();
    for (String line : ControlFile.readIfPresent(folder.resolve("io.stat")).split("\n")) {
      String[] fields = line.split(" ");
      int colon = fields[0].indexOf(':');
      // A device whose counters were freed leaves its number alone on the line.
      if (colon < 0 || fields.length < 5) {
        continue;
      }
      long[] values = new long[4];
      for (int i = 1; i < fields.length; i++) {
        int equals = fields[i].indexOf('=');
        int index = List.of("rbytes", "wbytes", "rios", "wios").indexOf(name(fields[i], equals));
        if (index >= 0) {
          values[index] = Long.parseLong(fields[i].substring(equals + 1));
        }
      }
      devices.add(
          new CgroupStats.BlockIo(
              Integer.parseInt(fields[0].substring(0, colon)),
              Integer.parseInt(fields[0].substring(colon + 1)),
              values[0],
              values[1],
              values[2],
              values[3]));
    }
    return devices;
  }

  private static String name(String field, int equals) {
    return equals < 0 ? field : field.substring(0, equals);
  }

  static CgroupUsage.Pressures pressures(Path folder) throws IOException {
    return new CgroupUsage.Pressures(
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("cpu.pressure"))),
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("memory.pressure"))),
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("io.pressure"))));
  }
}
