package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.linux.mount.HostMounts;
import java.io.IOException;
import java.nio.file.Path;

/** An emptyDir in memory: a tmpfs, or huge pages, on the volume's folder. */
final class MemoryVolume {

  private MemoryVolume() {}

  /**
   * @param medium Memory, HugePages, or HugePages- and their size
   * @param bytes the size at most; 0 for the kernel's default: half of the memory, all huge pages
   */
  static void mount(Path folder, String medium, long bytes) throws IOException {
    String type = medium.startsWith("HugePages") ? "hugetlbfs" : "tmpfs";
    String pageSize = medium.startsWith("HugePages-") ? pageSize(medium) : "";
    String options = "mode=0755" + pageSize + (bytes > 0 ? ",size=" + bytes : "");
    HostMounts.mount(type, type, folder, 0, options);
  }

  /** HugePages-2Mi has pages of 2M, as the kernel writes it. */
  private static String pageSize(String medium) {
    return ",pagesize=" + medium.substring("HugePages-".length()).replace("i", "");
  }
}
