package io.sandjar.netbridge.sys;

import java.time.Duration;

/** Waits for some of several files, by poll(2): until there is something to read, or the end. */
public final class Poll {
  private static final int POLLIN = 1;
  private static final int NO_BOUND = -1;
  private static final int NO_FILE = -1;
  private static final long A_MILLI = 1_000_000;

  /**
   * A struct pollfd each: the file's number, and a word with what is waited for in its lower half
   * and what happened in its upper one, as little-endian machines have it.
   */
  private final int[] files;

  public Poll(Fd... files) {
    this.files = new int[2 * files.length];
    for (int i = 0; i < files.length; i++) {
      this.files[2 * i] = files[i].number();
      this.files[2 * i + 1] = POLLIN;
    }
  }

  /** Waits as long as it takes. */
  public void await() throws SyscallException {
    while (wait(NO_BOUND) == 0) {}
  }

  /**
   * Waits a while.
   *
   * @return whether one is ready by then
   */
  public boolean await(Duration bound) throws SyscallException {
    long deadline = System.nanoTime() + bound.toNanos();
    while (true) {
      long left = deadline - System.nanoTime();
      // Begun milliseconds count, since those before would be over too early.
      long millis = left > 0 ? (left - 1) / A_MILLI + 1 : 0;
      if (wait((int) Math.min(millis, Integer.MAX_VALUE)) > 0) {
        return true;
      }
      if (left <= 0) {
        return false;
      }
    }
  }

  /** How many are ready; none when a signal came first. */
  private int wait(int millis) throws SyscallException {
    int ready = Libc.get().poll(files, files.length / 2, millis);
    if (ready == -1 && Libc.runtime().getLastError() == Errno.EINTR.number()) {
      return 0;
    }
    return Syscalls.check(ready, "wait for files");
  }

  /**
   * Whether something can be read, if only the end; after a wait.
   *
   * @param file by its place among those that are waited for
   */
  public boolean isReady(int file) {
    return files[2 * file + 1] >>> Short.SIZE != 0;
  }

  /** Waits for it no more. */
  public void leave(int file) {
    files[2 * file] = NO_FILE;
    files[2 * file + 1] = 0;
  }
}
