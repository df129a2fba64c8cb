package io.sandjar.runtime.image;

/** Disk space in use, as allocated, and the files and folders that use it. */
public record Usage(long bytes, long inodes) {

  public static final Usage NONE = new Usage(0, 0);

  public Usage plus(Usage other) {
    return new Usage(bytes + other.bytes, inodes + other.inodes);
  }
}
