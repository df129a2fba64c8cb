package io.sandjar.runtime.stream;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Clients that have left while what they sent is still on its way to their processes. Each holds
 * memory, and no connection counts for it any more: so they are few, and none stays for ever.
 */
final class Leavers {
  private static final int MOST = 64;

  private final Semaphore places = new Semaphore(MOST);
  private final Duration longest;

  /**
   * @param longest how long a process may take to read what is there
   */
  Leavers(Duration longest) {
    this.longest = longest;
  }

  /** One more, if there is room. */
  boolean enter() {
    return places.tryAcquire();
  }

  /** One that has entered is done. */
  void leave() {
    places.release();
  }

  Duration longest() {
    return longest;
  }
}
