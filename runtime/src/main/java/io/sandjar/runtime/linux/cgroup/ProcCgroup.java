package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Where a process is, as {@code /proc/PID/cgroup} says it. */
record ProcCgroup(Map<String, String> paths) {

  static ProcCgroup of(long pid) throws IOException {
    return parse(ControlFile.read(Path.of("/proc/" + pid + "/cgroup")));
  }

  /** Lines are {@code id:controllers:path}; v2's has no controllers. */
  static ProcCgroup parse(String text) {
    Map<String, String> paths = new HashMap<>();
    for (String line : text.split("\n")) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3) {
        for (String controller : fields[1].split(",", -1)) {
          paths.put(controller, fields[2]);
        }
      }
    }
    return new ProcCgroup(paths);
  }

  /**
   * @param controller a v1 controller, or nothing for v2
   */
  Optional<String> path(String controller) {
    return Optional.ofNullable(paths.get(controller));
  }
}
