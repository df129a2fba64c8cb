package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory as the kernel counts it, by proc_meminfo(5). */
public final class MemInfo {

  private MemInfo() {}

  /** Bytes of an entry such as {@code MemTotal}. */
  public static long bytes(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
      }
    }
    throw new IOException("/proc/meminfo has no " + name);
  }
}
