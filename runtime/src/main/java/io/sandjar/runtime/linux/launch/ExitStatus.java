package io.sandjar.runtime.linux.launch;

import java.time.Instant;

/**
 * How a process ended.
 *
 * @param code as shells know it: its exit code, or 128 + the signal that killed it
 * @param signal the signal that killed it, or 0
 * @param unknownReason why nobody knows more, or empty: {@code code} is 255 then
 */
public record ExitStatus(int code, int signal, Instant finishedAt, String unknownReason) {
  private static final int UNKNOWN = 255;
  private static final int SIGNALED = 128;

  /** From the status that wait4(2) gives. */
  static ExitStatus ofWait(int status, Instant finishedAt) {
    int signal = status & 0x7f;
    return signal == 0
        ? new ExitStatus((status >> 8) & 0xff, 0, finishedAt, "")
        : new ExitStatus(SIGNALED + signal, signal, finishedAt, "");
  }

  /** For a process whose parent was killed before it could tell. */
  public static ExitStatus unknown(String reason, Instant when) {
    return new ExitStatus(UNKNOWN, 0, when, reason);
  }

  public boolean isKnown() {
    return unknownReason.isEmpty();
  }
}
