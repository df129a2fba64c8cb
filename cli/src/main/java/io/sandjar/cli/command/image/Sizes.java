package io.sandjar.cli.command.image;

/** Bytes for people: {@code 28.1MiB}. */
public final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  public static String human(long bytes) {
    if (bytes < 0) {
      return "?";
    }
    long tenths = bytes * 10;
    int unit = 0;
    while (tenths >= 10240 && unit < UNITS.length - 1) {
      tenths = (tenths + 512) / 1024;
      unit++;
    }
    return unit == 0 || tenths >= 1000
        ? tenths / 10 + UNITS[unit]
        : tenths / 10 + "." + tenths % 10 + UNITS[unit];
  }
}
