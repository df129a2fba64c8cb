package io.sandjar.runtime.stream;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Clients that have left while what they sent is still on its way to their processes. Each holds
 * memory, and no connection counts for it any more: so they are few, and none stays for ever.
 */
final class Leavers {
  private static final int MOST = 64;
  private static final Duration LAST_INPUT = Duration.ofSeconds(10);

  private final Semaphore places;
  private final Duration longest;
  private final Duration lastInput;

  /** With room for so many that nobody notices it in honest use. */
  Leavers(Duration longest) {
    this(MOST, longest, LAST_INPUT);
  }

  /**
   * @param most of them at a time
   * @param longest how long a process may take to read what is there
   * @param lastInput how long it may work on what it has read last until its outputs are closed,
   *     which could end it meanwhile
   */
  Leavers(int most, Duration longest, Duration lastInput) {
    this.places = new Semaphore(most);
    this.longest = longest;
    this.lastInput = lastInput;
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

  Duration lastInput() {
    return lastInput;
  }
}
