package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.linux.file.FileName;
import io.sandjar.runtime.linux.file.Times;
import java.util.List;
import java.util.Map;

/**
 * One member of a tar archive, before its content. Names are those of {@link FileName}, as the
 * archive has them.
 *
 * @param linkName a symlink's target or the name that a hard link shares
 * @param size of the file when unpacked, holes included
 * @param segments where the archived bytes go; one that spans all of a file without holes
 */
public record TarEntry(
    Type type,
    String name,
    String linkName,
    int permissions,
    int uid,
    int gid,
    Times times,
    int deviceMajor,
    int deviceMinor,
    Map<String, byte[]> xattrs,
    long size,
    List<Segment> segments) {

  public enum Type {
    FILE,
    HARD_LINK,
    SYMLINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    FOLDER,
    FIFO
  }

  /** A run of bytes between holes. */
  public record Segment(long offset, long length) {}

  /** For errors. */
  @Override
  public String toString() {
    return FileName.toText(name);
  }
}
