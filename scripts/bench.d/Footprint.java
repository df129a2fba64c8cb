package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a daemon without pods holds of the machine, counted by what it is. */
final class Footprint {
  private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

  private Footprint() {}

  static Map<String, Long> of(BenchDaemon daemon, BenchNode node) throws IOException {
    var counts = new LinkedHashMap<String, Long>();
    long pid = daemon.pid();
    counts.put("heap KiB", heapKib(pid));
    counts.put("threads", entries(Path.of("/proc/" + pid + "/task")));
    counts.put("descriptors", entries(Path.of("/proc/" + pid + "/fd")));
    counts.put("processes", daemon.processes().count());
    counts.put("cgroups", cgroups());
    counts.put("mounts", mounts(pid));
    counts.put("links", links(node));
    counts.put("namespaces", entries(daemon.folder().resolve("netns")));
    counts.put("files", files(daemon.folder()));
    return counts;
  }

  /** After a full collection; old and young together. */
  private static long heapKib(long pid) throws IOException {
    Tool.run("jcmd", Long.toString(pid), "GC.run");
    var said = Tool.output("jcmd", Long.toString(pid), "GC.heap_info");
    long used = 0;
    for (var line : said.split("\n")) {
      if (line.contains("generation")) {
        var found = HEAP_USED.matcher(line);
        used += found.find() ? Long.parseLong(found.group(1)) : 0;
      }
    }
    return used;
  }

  private static long entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.count();
    }
  }

  private static long cgroups() throws IOException {
    long count = 0;
    try (var roots = Files.list(Path.of("/sys/fs/cgroup"))) {
      for (var root : Stream.concat(roots, Stream.of(Path.of("/sys/fs/cgroup"))).toList()) {
        var top = Path.of(root + BenchDaemon.CGROUP);
        if (Files.isDirectory(top)) {
          try (var all = Files.walk(top)) {
            count += all.filter(Files::isDirectory).count();
          }
        }
      }
    }
    return count;
  }

  private static long mounts(long pid) throws IOException {
    try (var lines = Files.lines(Path.of("/proc/" + pid + "/mountinfo"))) {
      return lines.count();
    }
  }

  private static long links(BenchNode node) throws IOException {
    return node.call(
        () -> Tool.output("ip", "-o", "link").lines().filter(line -> !line.isBlank()).count());
  }

  private static long files(Path folder) throws IOException {
    return Tool.output("find", folder.toString(), "-xdev").lines().count();
  }
}
