package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;

/** A launch that the kernel refused: which step of it, on what, and why. */
public final class LaunchException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_STARTED = 128;

  private final String step;
  private final int errno;
  private final boolean ofCommand;

  LaunchException(String step, int errno, String message, boolean ofCommand) {
    super(message);
    this.step = step;
    this.errno = errno;
    this.ofCommand = ofCommand;
  }

  /** A step that failed with an errno. */
  static LaunchException of(Instruction step, int errno) {
    String message = step.step() + ": " + step.failure(new Errno(errno));
    return new LaunchException(step.step(), errno, message, false);
  }

  /** A step of a program that is not known any more. */
  static LaunchException of(String step, int errno) {
    return new LaunchException(step, errno, step + ": " + new Errno(errno), false);
  }

  /** The step that failed, as the program's listing names it. */
  public String step() {
    return step;
  }

  public Errno errno() {
    return new Errno(errno);
  }

  /** Whether only the command to run was at fault, as with a misspelt name. */
  public boolean isOfCommand() {
    return ofCommand;
  }

  /** The exit code that users know for it: 127 not found, 126 not executable, else 128. */
  public int exitCode() {
    if (!ofCommand) {
      return NOT_STARTED;
    }
    return errno == Errno.ENOENT.number() || errno == Errno.ENOTDIR.number()
        ? NOT_FOUND
        : NOT_EXECUTABLE;
  }
}
