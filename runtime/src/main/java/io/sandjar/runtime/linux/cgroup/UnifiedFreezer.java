package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;

/** v2's freezer: processes in it can still be killed. */
final class UnifiedFreezer {
  private static final String FREEZE = "cgroup.freeze";

  private UnifiedFreezer() {}

  static boolean available(Path folder) {
    return ControlFile.exists(folder.resolve(FREEZE));
  }

  static void freeze(Path folder) throws IOException {
    ControlFile.write(folder.resolve(FREEZE), "1");
    StateWait.until(
        () -> ControlFile.pairs(folder.resolve("cgroup.events")).getOrDefault("frozen", 0L) == 1,
        "freeze " + folder);
  }

  static void thaw(Path folder) throws IOException {
    ControlFile.write(folder.resolve(FREEZE), "0");
  }
}
