package io.sandjar.cli.tar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads a tar archive (ustar, GNU's long names, pax headers) entry by entry. */
public final class TarReader {
  private static final int BLOCK = TarWriter.BLOCK;
  private static final int LONGEST_HEADER = 1024 * 1024;

  private final InputStream in;
  private long left;
  private long padding;

  /**
   * @param kind as in the archive: 0 a file, 5 a folder, 2 a symbolic link
   */
  public record Entry(String name, char kind, int mode, long size, String target) {
    public boolean isFolder() {
      return kind == '5';
    }

    public boolean isFile() {
      return kind == '0' || kind == '\0' || kind == '7';
    }
  }

  public TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry; what was not read of the one before is passed over. */
  public Optional<Entry> next() throws IOException {
    var pax = new LinkedHashMap<String, String>();
    while (true) {
      in.skipNBytes(left + padding);
      left = 0;
      padding = 0;
      var block = in.readNBytes(BLOCK);
      if (block.length == 0 || isEnd(block)) {
        return Optional.empty();
      }
      if (block.length < BLOCK) {
        throw new EOFException("the archive ends in the middle of a header");
      }
      begin(number(block, 124, 12));
      char kind = (char) (block[156] & 0xff);
      switch (kind) {
        case 'L' -> pax.put("path", header().replaceFirst("\0.*", ""));
        case 'K' -> pax.put("linkpath", header().replaceFirst("\0.*", ""));
        case 'x' -> pax.putAll(records(header()));
        case 'g' -> header();
        default -> {
          if (pax.containsKey("size")) {
            begin(Long.parseLong(pax.get("size")));
          }
          return Optional.of(entry(block, kind, pax));
        }
      }
    }
  }

  private void begin(long size) throws IOException {
    if (size < 0) {
      throw new IOException("the archive has an entry of a negative size");
    }
    left = size;
    padding = (BLOCK - size % BLOCK) % BLOCK;
  }

  private Entry entry(byte[] block, char kind, Map<String, String> pax) throws IOException {
    var prefix = text(block, 257, 5).equals("ustar") ? text(block, 345, 155) : "";
    // GNU's own format keeps times where ustar has the prefix.
    boolean posix = block[262] == 0;
    var name = text(block, 0, TarWriter.NAME_BYTES);
    return new Entry(
        pax.getOrDefault("path", posix && !prefix.isEmpty() ? prefix + "/" + name : name),
        kind,
        (int) number(block, 100, 8) & 07777,
        left,
        pax.getOrDefault("linkpath", text(block, 157, TarWriter.NAME_BYTES)));
  }

  private static boolean isEnd(byte[] block) {
    for (byte octet : block) {
      if (octet != 0) {
        return false;
      }
    }
    return true;
  }

  private String header() throws IOException {
    if (left > LONGEST_HEADER) {
      throw new IOException("the archive has a header of over 1 MiB");
    }
    var bytes = in.readNBytes((int) left);
    left = 0;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Lines of LENGTH KEY=VALUE, where the length counts all of the line in bytes. */
  private static Map<String, String> records(String header) {
    var records = new LinkedHashMap<String, String>();
    for (var line : header.split("\n")) {
      int space = line.indexOf(' ');
      int equals = line.indexOf('=');
      if (space > 0 && equals > space) {
        records.put(line.substring(space + 1, equals), line.substring(equals + 1));
      }
    }
    return records;
  }

  /** Copies the entry's content. */
  public void copyTo(OutputStream out) throws IOException {
    var buffer = new byte[64 * 1024];
    while (left > 0) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        throw new EOFException("the archive ends in the middle of a file");
      }
      out.write(buffer, 0, count);
      left -= count;
    }
  }

  private static String text(byte[] block, int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return new String(block, at, end - at, StandardCharsets.UTF_8);
  }

  private static long number(byte[] block, int at, int length) throws IOException {
    if ((block[at] & 0x80) != 0) {
      long value = block[at] & 0x3f;
      for (int i = at + 1; i < at + length; i++) {
        value = value << 8 | block[i] & 0xff;
      }
      return value;
    }
    var digits = text(block, at, length).strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw new IOException("what came is no tar archive: a number is \"" + digits + "\"");
    }
  }
}
