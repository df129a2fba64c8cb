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

  static CgroupStats read(Path folder) throws IOException {
    return new CgroupStats(
        Clock.epochNanos(),
        cpu(folder),
        memory(folder),
        pids(folder),
        io(folder),
        pressures(folder));
  }

  private static CgroupStats.Cpu cpu(Path folder) throws IOException {
    Map<String, Long> stat = ControlFile.pairs(folder.resolve("cpu.stat"));
    return new CgroupStats.Cpu(
        stat.getOrDefault("usage_usec", 0L) * NANOS_PER_MICRO,
        stat.getOrDefault("user_usec", 0L) * NANOS_PER_MICRO,
        stat.getOrDefault("system_usec", 0L) * NANOS_PER_MICRO,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * NANOS_PER_MICRO);
  }

  private static CgroupStats.Memory memory(Path folder) throws IOException {
    Map<String, Long> stat = ControlFile.pairs(folder.resolve("memory.stat"));
    Map<String, Long> events = ControlFile.pairs(folder.resolve("memory.events"));
    long usage = ControlFile.number(folder.resolve("memory.current"));
    long inactiveFile = stat.getOrDefault("inactive_file", 0L);
    return new CgroupStats.Memory(
        usage,
        ControlFile.number(folder.resolve("memory.peak")), // Since Linux 5.19.
        Math.max(0, usage - inactiveFile),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("file", 0L),
        stat.getOrDefault("file_mapped", 0L),
        stat.getOrDefault("kernel", 0L),
        stat.getOrDefault("pgfault", 0L),
        stat.getOrDefault("pgmajfault", 0L),
        ControlFile.number(folder.resolve("memory.swap.current")),
        events.getOrDefault("max", 0L),
        events.getOrDefault("oom_kill", 0L),
        ControlFile.limit(folder.resolve("memory.max")),
        ControlFile.limit(folder.resolve("memory.swap.max")));
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

  static CgroupStats.Pressures pressures(Path folder) throws IOException {
    return new CgroupStats.Pressures(
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("cpu.pressure"))),
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("memory.pressure"))),
        Pressure.parse(ControlFile.readIfPresent(folder.resolve("io.pressure"))));
  }
}
