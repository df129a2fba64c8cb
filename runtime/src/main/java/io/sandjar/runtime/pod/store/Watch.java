package io.sandjar.runtime.pod.store;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A subscription to changes: a bounded queue, so that a slow reader cannot hold up the store. */
public final class Watch implements AutoCloseable {
  private static final int MOST_WAITING = 4096;
  private static final long MOST_WAITING_BYTES = 16 * 1024 * 1024;

  private final Predicate<Change> wanted;
  private final Consumer<Watch> onClose;
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean overrun;
  private boolean closed;

  Watch(Predicate<Change> wanted, Consumer<Watch> onClose) {
    this.wanted = wanted;
    this.onClose = onClose;
  }

  synchronized void offer(Change change) {
    if (closed || overrun || !wanted.test(change)) {
      return;
    }
    if (waiting.size() == MOST_WAITING || waitingBytes > MOST_WAITING_BYTES) {
      overrun = true;
      waiting.clear();
    } else {
      waiting.add(change);
      waitingBytes += change.bytes();
    }
    notifyAll();
  }

  /**
   * The next change, waited for.
   *
   * @return empty when none came in time, or when the watch is closed or was overrun
   */
  public synchronized Optional<Change> next(long timeoutMillis) throws InterruptedException {
    long end = System.nanoTime() + timeoutMillis * 1_000_000;
    while (waiting.isEmpty() && !closed && !overrun) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return Optional.empty();
      }
      wait(left);
    }
    Optional<Change> next = Optional.ofNullable(waiting.poll());
    waitingBytes -= next.map(Change::bytes).orElse(0L);
    return next;
  }

  /** Whether the reader was too slow; changes were lost and it must list again. */
  public synchronized boolean isOverrun() {
    return overrun;
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      waiting.clear();
      notifyAll();
    }
    onClose.accept(this);
  }
}
