package io.sandjar.netbridge.sys;

/** Turns a C function's -1 into an exception that says what was tried. */
public final class Syscalls {

  private Syscalls() {}

  /** The result, or a {@link SyscallException} that names {@code tried}. */
  public static int check(int result, String tried, Object... args) throws SyscallException {
    return (int) check((long) result, tried, args);
  }

  /**
   * The result of a call that makes no file, or a {@link SyscallException}.
   *
   * @param limit what the kernel means where it says that there is no room
   */
  public static int checkWithin(String limit, int result, String tried, Object... args)
      throws SyscallException {
    if (result == -1) {
      int errno = Libc.runtime().getLastError();
      throw new SyscallException(String.format(tried, args), errno, limit);
    }
    return result;
  }

  /**
   * The result, or a {@link SyscallException}.
   *
   * @param tried a {@link String#format} pattern, formatted only on failure
   */
  public static long check(long result, String tried, Object... args) throws SyscallException {
    if (result == -1) {
      int errno = Libc.runtime().getLastError();
      throw new SyscallException(args.length == 0 ? tried : String.format(tried, args), errno);
    }
    return result;
  }
}
