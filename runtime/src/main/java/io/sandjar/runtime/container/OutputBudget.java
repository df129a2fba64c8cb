package io.sandjar.runtime.container;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that the kept output of all executed commands may take together. */
final class OutputBudget {
  private final AtomicLong left;

  OutputBudget(long bytes) {
    this.left = new AtomicLong(bytes);
  }

  /** An answer is held up to three times while it is made: kept, joined and on its way out. */
  static OutputBudget ofHeap() {
    return new OutputBudget(Runtime.getRuntime().maxMemory() / 8);
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
