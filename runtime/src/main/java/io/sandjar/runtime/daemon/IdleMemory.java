package io.sandjar.runtime.daemon;

import io.sandjar.runtime.linux.ResidentMemory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives memory back once it is quiet: pods come in bursts and are held for days, and neither the
 * collector nor malloc lets go by itself of what the burst has taken.
 */
final class IdleMemory {
  private static final System.Logger LOG = System.getLogger(IdleMemory.class.getName());

  /** Of the engine's steps, about what ten pods take: less is not worth a collection. */
  static final long WORTH = 200;

  private static final long QUIET_SECONDS = 2;
  private static final long COLLECTED_SECONDS = 1;

  private final Executor whenQuiet;
  private final Executor whenCollected;
  private final AtomicLong steps = new AtomicLong();
  private final AtomicBoolean awaited = new AtomicBoolean();
  private volatile long settled;

  /**
   * @param workers do it, which may take some ten milliseconds
   */
  IdleMemory(Executor workers) {
    this.whenQuiet = CompletableFuture.delayedExecutor(QUIET_SECONDS, TimeUnit.SECONDS, workers);
    this.whenCollected =
        CompletableFuture.delayedExecutor(COLLECTED_SECONDS, TimeUnit.SECONDS, workers);
  }

  /** The engine has done a step. */
  void worked() {
    long done = steps.incrementAndGet();
    if (done - settled >= WORTH && awaited.compareAndSet(false, true)) {
      giveBackAfter(done);
    }
  }

  private void giveBackAfter(long seen) {
    whenQuiet.execute(
        () -> {
          long done = steps.get();
          if (done != seen) {
            giveBackAfter(done);
            return;
          }
          settled = done;
          awaited.set(false);
          System.gc();
          // Native memory is freed by what the collector has found to be unreachable.
          whenCollected.execute(IdleMemory::giveBack);
        });
  }

  private static void giveBack() {
    try {
      ResidentMemory.giveBack();
    } catch (IOException unreadable) {
      LOG.log(Level.DEBUG, "cannot give memory back", unreadable);
    }
  }
}
