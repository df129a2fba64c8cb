package io.sandjar.cli.tar;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;

/** Writes files and folders as a tar archive (ustar, with GNU's entries for long names). */
public final class TarWriter implements AutoCloseable {
  static final int BLOCK = 512;
  static final int NAME_BYTES = 100;
  private static final String LONG_NAME = "././@LongLink";

  private final OutputStream out;

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /** A file, link or folder under another name, with all that is in it. */
  public void add(Path file, String name) throws IOException {
    var attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    int mode = mode(attributes);
    long seconds = attributes.lastModifiedTime().toMillis() / 1000;
    if (attributes.isSymbolicLink()) {
      var target = Files.readSymbolicLink(file).toString();
      longName('K', target);
      header(name, mode, 0, seconds, '2', target);
    } else if (attributes.isDirectory()) {
      header(name + "/", mode, 0, seconds, '5', "");
      try (var children = Files.list(file)) {
        for (var child : children.sorted().toList()) {
          add(child, name + "/" + child.getFileName());
        }
      }
    } else if (attributes.isRegularFile()) {
      header(name, mode, attributes.size(), seconds, '0', "");
      try (var content = Files.newInputStream(file)) {
        copy(content, attributes.size(), file);
      }
    } else {
      throw new IOException(file + " is neither a file nor a folder nor a link");
    }
  }

  private static int mode(PosixFileAttributes attributes) {
    int mode = 0;
    for (var permission : PosixFilePermission.values()) {
      mode = mode << 1 | (attributes.permissions().contains(permission) ? 1 : 0);
    }
    return mode;
  }

  /** Exactly as much as the header said, whatever became of the file meanwhile. */
  private void copy(InputStream content, long size, Path file) throws IOException {
    var buffer = new byte[64 * 1024];
    for (long left = size; left > 0; ) {
      int count = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        throw new IOException(file + " became shorter while it was read");
      }
      out.write(buffer, 0, count);
      left -= count;
    }
    pad(size);
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  private void longName(char kind, String name) throws IOException {
    var bytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
    if (bytes.length - 1 > NAME_BYTES) {
      rawHeader(LONG_NAME.getBytes(StandardCharsets.UTF_8), 0644, bytes.length, 0, kind, "");
      out.write(bytes);
      pad(bytes.length);
    }
  }

  private void header(String name, int mode, long size, long seconds, char kind, String target)
      throws IOException {
    longName('L', name);
    rawHeader(name.getBytes(StandardCharsets.UTF_8), mode, size, seconds, kind, target);
  }

  private void rawHeader(byte[] name, int mode, long size, long seconds, char kind, String target)
      throws IOException {
    var block = new byte[BLOCK];
    text(block, 0, NAME_BYTES, name);
    number(block, 100, 8, mode);
    number(block, 108, 8, 0);
    number(block, 116, 8, 0);
    number(block, 124, 12, size);
    number(block, 136, 12, Math.max(0, seconds));
    block[156] = (byte) kind;
    text(block, 157, NAME_BYTES, target.getBytes(StandardCharsets.UTF_8));
    text(block, 257, 8, "ustar\u000000".getBytes(StandardCharsets.US_ASCII));
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte octet : block) {
      sum += octet & 0xff;
    }
    number(block, 148, 7, sum);
    out.write(block);
  }

  private static void text(byte[] block, int at, int length, byte[] text) {
    System.arraycopy(text, 0, block, at, Math.min(length, text.length));
  }

  /** In octal, or in GNU's base 256 where that has too few digits. */
  private static void number(byte[] block, int at, int length, long value) {
    var digits = Long.toOctalString(value);
    if (digits.length() < length) {
      text(
          block,
          at,
          length - 1,
          ("0".repeat(length - 1 - digits.length()) + digits).getBytes(StandardCharsets.US_ASCII));
      return;
    }
    for (int i = 0; i < 8; i++) {
      block[at + length - 1 - i] = (byte) (value >>> 8 * i);
    }
    block[at] |= (byte) 0x80;
  }

  /** Ends the archive, and the stream. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.close();
  }
}
