package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** What memory a process holds. */
final class Memory {

  private static final Set<String> WORKLOAD = Set.of("sh", "sleep", "cat");

  private Memory() {}

  /** These and their descendants, but for what the pods of benchmarks run. */
  static Stream<ProcessHandle> holders(Stream<ProcessHandle> roots) {
    return roots
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .filter(process -> !WORKLOAD.contains(name(process)));
  }

  private static String name(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  /** Its proportional share, see proc(5); 0 for a process that has ended. */
  static double pssMiB(ProcessHandle process) {
    try {
      for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
        if (line.startsWith("Pss:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
        }
      }
    } catch (IOException ended) {
      return 0;
    }
    return 0;
  }
}
