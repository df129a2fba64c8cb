package io.sandjar.runtime.image.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the tar archives that images are saved in: files with short names, the same each time. */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final long OCTAL_LIMIT = 1L << 33;

  private final OutputStream out;

  TarWriter(OutputStream out) {
    this.out = out;
  }

  void file(String name, byte[] content) throws IOException {
    header(name, content.length);
    out.write(content);
    pad(content.length);
  }

  void file(String name, InputStream content, long size) throws IOException {
    header(name, size);
    long written = content.transferTo(out);
    if (written != size) {
      throw new IOException(name + " has " + written + " bytes instead of " + size);
    }
    pad(size);
  }

  void end() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private void header(String name, long size) throws IOException {
    byte[] block = new byte[BLOCK];
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length > 100) {
      throw new IllegalArgumentException("too long for a plain tar header: " + name);
    }
    System.arraycopy(bytes, 0, block, 0, bytes.length);
    octal(block, 100, 8, 0644);
    octal(block, 108, 8, 0);
    octal(block, 116, 8, 0);
    if (size < OCTAL_LIMIT) {
      octal(block, 124, 12, size);
    } else {
      // GNU's base 256, which everybody reads.
      block[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        block[135 - i] = (byte) (size >> (8 * i));
      }
    }
    octal(block, 136, 12, 0);
    block[156] = '0';
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 8);
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 7, sum);
    out.write(block);
  }

  private static void octal(byte[] block, int at, int length, long value) {
    String digits = Long.toOctalString(value);
    byte[] padded =
        ("0".repeat(length - 1 - digits.length()) + digits).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(padded, 0, block, at, padded.length);
    block[at + length - 1] = 0;
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }
}
