package io.sandjar.runtime.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a network interface has carried.
 *
 * @param name in its own network namespace
 */
public record InterfaceCounters(
    String name,
    long rxBytes,
    long rxPackets,
    long rxErrors,
    long rxDropped,
    long txBytes,
    long txPackets,
    long txErrors,
    long txDropped) {
  private static final String LOOPBACK = "lo";

  /** Columns of /proc/net/dev behind the name; the second half is of what was sent. */
  private static final int TRANSMITTED = 8;

  private static final int COLUMNS = 16;

  /** All interfaces of the network namespace that a process lives in, but its loopback. */
  public static List<InterfaceCounters> ofProcess(int pid) throws IOException {
    List<InterfaceCounters> all = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc", Integer.toString(pid), "net", "dev"))) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue;
      }
      String name = line.substring(0, colon).strip();
      String[] columns = line.substring(colon + 1).strip().split("\\s+");
      if (!name.equals(LOOPBACK) && columns.length >= COLUMNS) {
        all.add(parse(name, columns));
      }
    }
    return all;
  }

  private static InterfaceCounters parse(String name, String[] columns) {
    long[] numbers = new long[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      numbers[i] = Long.parseUnsignedLong(columns[i]);
    }
    return new InterfaceCounters(
        name,
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[TRANSMITTED],
        numbers[TRANSMITTED + 1],
        numbers[TRANSMITTED + 2],
        numbers[TRANSMITTED + 3]);
  }
}
