package io.sandjar.runtime.pod.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the node tells of itself.
 *
 * @param addresses the node's own, the primary one first
 * @param mostPods how many pods it takes
 */
public record NodeFacts(
    String name,
    List<String> addresses,
    int processors,
    long memoryBytes,
    long diskBytes,
    int mostPods,
    String runtimeVersion,
    String apiVersion) {

  static String osImage() {
    return osRelease("PRETTY_NAME").orElse("Linux");
  }

  private static Optional<String> osRelease(String key) {
    return read("/etc/os-release")
        .lines()
        .filter(line -> line.startsWith(key + "="))
        .map(line -> line.substring(key.length() + 1).replace("\"", ""))
        .findFirst();
  }

  static String kernelVersion() {
    return read("/proc/sys/kernel/osrelease");
  }

  static String bootId() {
    return read("/proc/sys/kernel/random/boot_id");
  }

  static String machineId() {
    return read("/etc/machine-id");
  }

  /** Bytes of huge pages that the machine has, by their size as Kubernetes writes it. */
  static Map<String, Long> hugepages() {
    var all = new TreeMap<String, Long>();
    for (long kilobytes : List.of(2048L, 1024L * 1024)) {
      String pages = read("/sys/kernel/mm/hugepages/hugepages-" + kilobytes + "kB/nr_hugepages");
      String size = kilobytes == 2048 ? "2Mi" : "1Gi";
      if (!pages.isEmpty()) {
        all.put(size, Long.parseLong(pages) * kilobytes * 1024);
      }
    }
    return all;
  }

  static String architecture() {
    String name = System.getProperty("os.arch");
    return Map.of("x86_64", "amd64", "aarch64", "arm64").getOrDefault(name, name);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
