package io.sandjar.runtime.linux.mount;

import java.nio.file.Path;
import java.util.List;

/** Where a container's root file system comes from. It is mounted in the container only. */
public sealed interface Rootfs {

  /** Whether the container may not write to it. */
  boolean readOnly();

  /**
   * Layers of an image and a writable folder over them.
   *
   * @param lower the layers' folders, the topmost first
   * @param upper takes what the container writes
   * @param work overlayfs' own folder, on the same file system as {@code upper}
   */
  record Overlay(List<Path> lower, Path upper, Path work, boolean readOnly) implements Rootfs {
    public Overlay {
      lower = List.copyOf(lower);
      if (lower.isEmpty()) {
        throw new IllegalArgumentException("an overlay needs at least one lower folder");
      }
    }
  }

  /** A folder as it is. */
  record Directory(Path path, boolean readOnly) implements Rootfs {}
}
