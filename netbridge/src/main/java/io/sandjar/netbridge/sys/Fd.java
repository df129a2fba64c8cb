package io.sandjar.netbridge.sys;

import java.util.concurrent.atomic.AtomicInteger;

/** An open file descriptor that this object owns: closed once, and never by number. */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;

  public Fd(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a file descriptor: " + number);
    }
    this.number = new AtomicInteger(number);
  }

  /** The descriptor's number, for a syscall made while this object is open. */
  public int number() {
    int open = number.get();
    if (open == CLOSED) {
      throw new IllegalStateException("the file descriptor is closed");
    }
    return open;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /** Gives the descriptor away: the caller closes it from now on. */
  public int release() {
    int open = number.getAndSet(CLOSED);
    if (open == CLOSED) {
      throw new IllegalStateException("the file descriptor is closed");
    }
    return open;
  }

  /**
   * Closes it. Linux frees the number even where close(2) reports an error, so there is nothing to
   * retry and nobody to tell.
   */
  @Override
  public void close() {
    int open = number.getAndSet(CLOSED);
    if (open != CLOSED) {
      Libc.get().close(open);
    }
  }

  @Override
  public String toString() {
    int open = number.get();
    return open == CLOSED ? "fd (closed)" : "fd " + open;
  }
}
