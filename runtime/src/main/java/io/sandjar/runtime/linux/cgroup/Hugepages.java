package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Limits pages of one huge size: those in use, and those reserved where the kernel counts them. */
final class Hugepages {

  private Hugepages() {}

  /**
   * @param suffix of the file that holds the limit: {@code .max} or {@code .limit_in_bytes}
   */
  static void limit(Path folder, String pageSize, long bytes, String suffix) throws IOException {
    checkSize(pageSize);
    try {
      ControlFile.write(folder.resolve("hugetlb." + pageSize + suffix), bytes);
    } catch (NoSuchFileException e) {
      refuseUnlessNone(pageSize, bytes);
      return;
    }
    try {
      ControlFile.write(folder.resolve("hugetlb." + pageSize + ".rsvd" + suffix), bytes);
    } catch (NoSuchFileException e) {
      // Counted since Linux 5.7.
    }
  }

  /** The kubelet sends a limit of 0 for each size it knows, also where nothing can count them. */
  static void refuseUnlessNone(String pageSize, long bytes) throws IOException {
    checkSize(pageSize);
    if (bytes != 0) {
      throw new IOException(
          "limit huge pages of "
              + pageSize
              + " to "
              + bytes
              + " bytes: the kernel has no such size, or the hugetlb controller is not mounted");
    }
  }

  private static void checkSize(String pageSize) {
    if (!pageSize.matches("[0-9]+[KMG]B")) {
      throw new IllegalArgumentException(
          "not a huge page size: \"" + pageSize + "\"; it must look like 2MB");
    }
  }
}
