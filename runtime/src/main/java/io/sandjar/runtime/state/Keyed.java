package io.sandjar.runtime.state;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One lock per key: work on the same id waits for its turn, work on different ids does not. */
public final class Keyed {
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  /** Waits for the key, does the work, and lets the next one in. The same thread may nest. */
  public <T, E extends Exception> T hold(String key, Work<T, E> work) throws E {
    // Counted before the wait, so that an entry that someone waits for is never dropped.
    Entry entry =
        entries.compute(
            key,
            (same, present) -> {
              Entry counted = present == null ? new Entry() : present;
              counted.users++;
              return counted;
            });
    entry.lock.lock();
    try {
      return work.run();
    } finally {
      entry.lock.unlock();
      entries.computeIfPresent(key, (same, present) -> --present.users == 0 ? null : present);
    }
  }

  /** How many keys are held or waited for. */
  int size() {
    return entries.size();
  }

  /** What is done while a key is held. */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    T run() throws E;
  }

  private static final class Entry {
    private final ReentrantLock lock = new ReentrantLock(true);
    private int users;
  }
}
