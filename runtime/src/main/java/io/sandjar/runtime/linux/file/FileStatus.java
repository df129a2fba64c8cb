package io.sandjar.runtime.linux.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) tells of a file.
 *
 * @param mode type and permission bits, as in {@code st_mode}
 * @param blocks allocated, of 512 bytes
 */
public record FileStatus(
    int mode,
    long links,
    int uid,
    int gid,
    long inode,
    long size,
    long blocks,
    Times times,
    int deviceMajor,
    int deviceMinor) {

  public static final int S_IFMT = 0170000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFIFO = 0010000;

  static final int STRUCT_STATX = 256;

  /** Decodes the kernel's {@code struct statx}, which is the same on every architecture. */
  static FileStatus decode(byte[] statx) {
    var struct = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    return new FileStatus(
        Short.toUnsignedInt(struct.getShort(28)),
        Integer.toUnsignedLong(struct.getInt(16)),
        struct.getInt(20),
        struct.getInt(24),
        struct.getLong(32),
        struct.getLong(40),
        struct.getLong(48),
        new Times(struct.getLong(64), struct.getInt(72), struct.getLong(112), struct.getInt(120)),
        struct.getInt(128),
        struct.getInt(132));
  }

  public int type() {
    return mode & S_IFMT;
  }

  public int permissions() {
    return mode & ~S_IFMT;
  }

  public boolean isFolder() {
    return type() == S_IFDIR;
  }

  public boolean isSymlink() {
    return type() == S_IFLNK;
  }

  public boolean isRegular() {
    return type() == S_IFREG;
  }

  /** A character device 0/0: what overlayfs reads as "deleted here". */
  public boolean isWhiteout() {
    return type() == S_IFCHR && deviceMajor == 0 && deviceMinor == 0;
  }

  public long allocated() {
    return blocks * 512;
  }
}
