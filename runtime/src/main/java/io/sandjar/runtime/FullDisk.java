package io.sandjar.runtime;

import java.io.IOException;
import java.util.List;

/**
 * Finds a full disk, or one whose quota is used up, among the causes of a failure. The kernel gives
 * the same errno for what no disk has to do with; such calls' messages say what it means instead.
 */
public final class FullDisk {
  /** What {@code Errno} says of ENOSPC and EDQUOT, and Java, which knows no numbers. */
  private static final List<String> SAID = List.of("No space left on device", "quota exceeded");

  private FullDisk() {}

  public static boolean causes(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof IOException && SAID.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }
}
