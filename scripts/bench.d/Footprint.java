package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a daemon without pods holds of the machine, counted by what it is. */
final class Footprint {
  private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

  /** What is on its way out takes its time on a busy machine: the kernel removes links by itself. */
  private static final int SETTLE_SECONDS = 60;

  /** A JVM that gets little of the processor may not let jcmd in at once. */
  private static final int ATTACH_ATTEMPTS = 5;

  private Footprint() {}

  /** What a pod takes with it, but not always before it is said to be gone. */
  private static final List<String> OF_PODS =
      List.of("processes", "cgroups", "mounts", "links", "namespaces", "files");

  /**
   * Waits until it holds no more of pods than before, and not for long if it has grown.
   *
   * @param before without pods
   * @param slack what may come and go
   */
  static Map<String, Long> settled(
      BenchDaemon daemon, BenchNode node, Map<String, Long> before, Map<String, Long> slack)
      throws IOException {
    var now = of(daemon, node);
    for (int i = 0; i < SETTLE_SECONDS && grown(before, now, slack); i++) {
      Tool.pause(1000);
      now = of(daemon, node);
    }
    return now;
  }

  private static boolean grown(
      Map<String, Long> before, Map<String, Long> now, Map<String, Long> slack) {
    return OF_PODS.stream()
        .anyMatch(what -> now.get(what) > before.get(what) + slack.getOrDefault(what, 0L));
  }

  static Map<String, Long> of(BenchDaemon daemon, BenchNode node) throws IOException {
    var counts = new LinkedHashMap<String, Long>();
    long pid = daemon.pid();
    counts.put("heap KiB", heapKib(pid));
    counts.put("threads", entries(Path.of("/proc/" + pid + "/task")));
    counts.put("descriptors", entries(Path.of("/proc/" + pid + "/fd")));
    counts.put("processes", daemon.processes().count());
    counts.put("cgroups", cgroups());
    counts.put("mounts", mounts(daemon));
    counts.put("links", links(node));
    counts.put("namespaces", entries(daemon.folder().resolve("netns")));
    counts.put("files", files(daemon.folder()));
    return counts;
  }

  /** After a full collection; old and young together. */
  private static long heapKib(long pid) throws IOException {
    ask(pid, "GC.run");
    var said = ask(pid, "GC.heap_info");
    long used = 0;
    for (var line : said.split("\n")) {
      if (line.contains("generation")) {
        var found = HEAP_USED.matcher(line);
        used += found.find() ? Long.parseLong(found.group(1)) : 0;
      }
    }
    return used;
  }

  private static String ask(long pid, String what) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return Tool.output("jcmd", Long.toString(pid), what);
      } catch (IOException notYet) {
        if (attempt == ATTACH_ATTEMPTS) {
          throw notYet;
        }
        Tool.pause(1000);
      }
    }
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

  /** Its own: others on the machine mount, too. */
  private static long mounts(BenchDaemon daemon) throws IOException {
    try (var lines = Files.lines(Path.of("/proc/" + daemon.pid() + "/mountinfo"))) {
      return lines.filter(line -> line.contains(daemon.folder().toString())).count();
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
