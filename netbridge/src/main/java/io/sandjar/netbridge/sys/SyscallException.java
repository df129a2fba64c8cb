package io.sandjar.netbridge.sys;

import java.io.IOException;

/** A syscall that the kernel refused: what was tried, on what, and why it failed. */
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param tried what was tried and on what, as a person would say it: {@code mount proc on /proc}
   */
  public SyscallException(String tried, int errno) {
    super(tried + ": " + new Errno(errno));
    this.errno = errno;
  }

  /**
   * Of a call that makes no file.
   *
   * @param limit what the kernel means where it says that there is no room
   */
  public SyscallException(String tried, int errno, String limit) {
    super(tried + ": " + new Errno(errno).within(limit));
    this.errno = errno;
  }

  public Errno errno() {
    return new Errno(errno);
  }

  public boolean is(Errno other) {
    return errno == other.number();
  }
}
