package io.sandjar.runtime.linux;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param startTime in clock ticks since the boot, as field 22 of {@code /proc/PID/stat}
 */
public record ProcessId(int pid, long startTime) {}
