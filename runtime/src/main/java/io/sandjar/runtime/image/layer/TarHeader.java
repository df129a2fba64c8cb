package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.linux.file.FileName;

/** One 512-byte header block, in the ustar, star, GNU and V7 dialects. */
final class TarHeader {
  static final int BLOCK = 512;

  private final byte[] block;

  /** Checks the sum; the block stays the reader's and is read at once. */
  TarHeader(byte[] block) throws TarException {
    this.block = block;
    long stored = octal(148, 8, "checksum");
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte value = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += value & 0xff;
      signed += value;
    }
    // Some old writers summed signed chars.
    if (stored != unsigned && stored != signed) {
      throw new TarException(
          "a tar header's checksum is wrong: this is no tar archive, or damaged");
    }
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  String name() {
    String name = string(0, 100);
    String prefix = "";
    if (magic("ustar\0")) {
      boolean star = FileName.of(block, 508, 512).equals("tar\0");
      prefix = string(345, star ? 131 : 155);
    }
    return prefix.isEmpty() ? name : prefix + '/' + name;
  }

  String linkName() {
    return string(157, 100);
  }

  long mode() throws TarException {
    return number(100, 8, "mode");
  }

  long uid() throws TarException {
    return number(108, 8, "uid");
  }

  long gid() throws TarException {
    return number(116, 8, "gid");
  }

  long size() throws TarException {
    return number(124, 12, "size");
  }

  long modified() throws TarException {
    return number(136, 12, "mtime");
  }

  long deviceMajor() throws TarException {
    return hasDevices() ? number(329, 8, "device major") : 0;
  }

  long deviceMinor() throws TarException {
    return hasDevices() ? number(337, 8, "device minor") : 0;
  }

  /** GNU's old sparse form: four pairs here, more in blocks that follow. */
  int gnuSparseStart() {
    return 386;
  }

  boolean gnuSparseContinues() {
    return block[482] != 0;
  }

  long gnuSparseRealSize() throws TarException {
    return number(483, 12, "real size");
  }

  private boolean hasDevices() {
    return magic("ustar\0") || magic("ustar ");
  }

  private boolean magic(String magic) {
    return FileName.of(block, 257, 257 + magic.length()).equals(magic);
  }

  private String string(int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return FileName.of(block, at, end);
  }

  private long number(int at, int length, String what) throws TarException {
    return number(block, at, length, what);
  }

  /** Octal digits, or big-endian two's complement where the top bit is set (GNU's base 256). */
  static long number(byte[] block, int at, int length, String what) throws TarException {
    if ((block[at] & 0x80) == 0) {
      return octal(block, at, length, what);
    }
    boolean negative = (block[at] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int b = block[at + i] & 0xff;
      if (i == 0) {
        b = negative ? b | 0x80 : b & 0x7f;
      }
      long top = value >> 55;
      if (i > 0 && top != 0 && top != -1) {
        throw new TarException("a tar header's " + what + " is out of range");
      }
      value = (value << 8) | b;
    }
    return value;
  }

  private long octal(int at, int length, String what) throws TarException {
    return octal(block, at, length, what);
  }

  private static long octal(byte[] block, int at, int length, String what) throws TarException {
    int from = at;
    int end = at + length;
    while (from < end && (block[from] == ' ' || block[from] == 0)) {
      from++;
    }
    long value = 0;
    for (; from < end && block[from] != ' ' && block[from] != 0; from++) {
      if (block[from] < '0' || block[from] > '7') {
        throw new TarException("a tar header's " + what + " is not a number");
      }
      value = (value << 3) | (block[from] - '0');
    }
    return value;
  }
}
