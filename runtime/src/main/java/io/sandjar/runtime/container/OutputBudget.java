package io.sandjar.runtime.container;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that the kept output of all executed commands may take together. */
final class OutputBudget {
  private final AtomicLong left;

  OutputBudget(long bytes) {
    this.left = new AtomicLong(bytes);
  }

  /** A part of the heap that leaves the rest of the daemon room. */
  static OutputBudget ofHeap() {
    return new OutputBudget(Runtime.getRuntime().maxMemory() / 4);
  }

  /** Takes the bytes if there are so many left. */
  boolean take(long bytes) {
    while (true) {
      long now = left.get();
      if (now < bytes) {
        return false;
      }
      if (left.compareAndSet(now, now - bytes)) {
        return true;
      }
    }
  }

  void giveBack(long bytes) {
    left.addAndGet(bytes);
  }
}
