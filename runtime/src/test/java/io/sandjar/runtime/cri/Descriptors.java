package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What a process has open, so that what it forgets to close is seen. */
final class Descriptors {
  private static final long PATIENCE_SECONDS = 60;
  private static final String SOCKET = "socket:";

  /** Descriptors that only the engine opens. */
  private static final List<String> EXACT =
      List.of("pipe:", "[pidfd]", "memfd:", "mnt:", "net:", "user:", "/dev/pt", ".log");

  /** Connections come and go with clients and registries, and so does what waits for them. */
  private static final List<String> AT_MOST = List.of(SOCKET, "[eventfd]", "[eventpoll]");

  private Descriptors() {}

  /**
   * How many descriptors of each kind a process has open, but for files of the JDK's own. Sockets
   * are told apart by what they speak.
   */
  static Map<String, Integer> of(long pid) throws IOException {
    Map<String, String> sockets = sockets(pid);
    Map<String, Integer> kinds = new TreeMap<>();
    try (var open = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
      for (Path fd : open) {
        String target = target(fd);
        String kind =
            target.startsWith(SOCKET)
                ? SOCKET + ' ' + sockets.getOrDefault(target, "unused or of a pod")
                : target.replaceAll("\\[?\\d+]?", "");
        if (Stream.concat(EXACT.stream(), AT_MOST.stream()).anyMatch(kind::contains)) {
          kinds.merge(kind, 1, Integer::sum);
        }
      }
    }
    return kinds;
  }

  /** What the sockets of a process's network are, by what descriptors of them are called. */
  private static Map<String, String> sockets(long pid) {
    Map<String, String> found = new HashMap<>();
    Path net = Path.of("/proc", Long.toString(pid), "net");
    for (String protocol : List.of("unix", "netlink", "tcp", "tcp6", "udp", "udp6", "packet")) {
      int inode = protocol.equals("unix") ? 6 : protocol.equals("packet") ? 8 : 9;
      Footprint.read(net.resolve(protocol))
          .lines()
          .skip(1)
          .map(line -> line.strip().split(" +"))
          .filter(fields -> fields.length > inode)
          .forEach(fields -> found.put(SOCKET + '[' + fields[inode] + ']', protocol));
    }
    return found;
  }

  /** What a process is to come back to, which {@link #await} waits for. */
  static Map<String, Integer> atRest(long pid) throws IOException, InterruptedException {
    // What hears the request to collect stays open from then on.
    collect(pid);
    return of(pid);
  }

  /** Waits until these are open, and no more; of what comes and goes there may be fewer. */
  static void await(long pid, Map<String, Integer> wanted)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isAsBefore(wanted, of(pid)) && System.nanoTime() < end) {
      collect(pid);
    }
    Map<String, Integer> now = of(pid);
    if (!isAsBefore(wanted, now)) {
      assertEquals(wanted, now);
    }
  }

  /** The JDK's own clients of HTTP keep a selector each until they are collected. */
  private static void collect(long pid) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Footprint.run(jcmd, Long.toString(pid), "GC.run");
    // By which it was asked: a JVM that is killed would leave it there.
    Files.deleteIfExists(Path.of("/tmp/.java_pid" + pid));
  }

  static boolean isAsBefore(Map<String, Integer> wanted, Map<String, Integer> now) {
    Set<String> kinds = new HashSet<>(wanted.keySet());
    kinds.addAll(now.keySet());
    // A socket is of a protocol only from its first use on: all of them together count.
    return AT_MOST.stream().allMatch(kind -> sum(kind, now) <= sum(kind, wanted))
        && kinds.stream()
            .filter(kind -> AT_MOST.stream().noneMatch(kind::contains))
            .allMatch(kind -> wanted.getOrDefault(kind, 0).equals(now.getOrDefault(kind, 0)));
  }

  private static int sum(String part, Map<String, Integer> kinds) {
    return kinds.entrySet().stream()
        .filter(each -> each.getKey().contains(part))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException closed) {
      return "";
    }
  }
}
