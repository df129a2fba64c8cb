package bench;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * What a run has on the machine beyond its own process. Each thing is closed by who made it; the
 * rest is closed when the process ends, the youngest first: after Ctrl-C, or where an earlier
 * closing failed.
 */
final class Held {
  private static final Deque<AutoCloseable> ALL = new ConcurrentLinkedDeque<>();
  private static volatile boolean ending;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Held::closeAll));
  }

  private Held() {}

  static void hold(AutoCloseable thing) {
    ALL.push(thing);
  }

  /** Whether it was still held: only one may close it. */
  static boolean release(AutoCloseable thing) {
    return ALL.remove(thing);
  }

  /** Whether the process is about to end: nothing new is made then. */
  static boolean isEnding() {
    return ending;
  }

  private static void closeAll() {
    ending = true;
    for (var thing : ALL) {
      try {
        thing.close();
      } catch (Exception failed) {
        System.err.println("bench: " + failed.getMessage());
      }
    }
  }
}
