package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the whole machine uses, by proc_stat(5) and proc_meminfo(5).
 *
 * @param cpuNanos CPU time spent since boot, by all but the idle task and other virtual machines
 * @param memoryBytes what is not there for new programs without swapping
 */
public record MachineUsage(long cpuNanos, long memoryBytes) {
  /** USER_HZ is 100 on every architecture that Java runs on. */
  private static final long NANOS_PER_TICK = 10_000_000L;

  /** user, nice, system, irq and softirq: places in the line {@code cpu}. */
  private static final int[] BUSY = {1, 2, 3, 6, 7};

  public static MachineUsage now() throws IOException {
    String[] cpu = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
    long ticks = 0;
    for (int place : BUSY) {
      ticks += Long.parseLong(cpu[place]);
    }
    return new MachineUsage(
        ticks * NANOS_PER_TICK, MemInfo.bytes("MemTotal") - MemInfo.bytes("MemAvailable"));
  }
}
