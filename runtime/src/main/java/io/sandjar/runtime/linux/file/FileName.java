package io.sandjar.runtime.linux.file;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * File names as strings of one character per byte (Latin-1), since the kernel's names are bytes:
 * whatever an archive holds goes through unchanged, in any locale.
 */
public final class FileName {

  private FileName() {}

  public static String of(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** From text, such as a path in a config file. */
  public static String ofText(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** For people: UTF-8 decoded, shortened, without control characters. */
  public static String toText(String name) {
    String text =
        new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            .replaceAll("\\p{Cntrl}", "?");
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  /** For C. */
  static byte[] terminated(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }
}
