package io.sandjar.runtime.daemon;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.sandjar.runtime.linux.ResidentMemory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
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

  /** Percent of the heap, which may be changed while a JVM runs. */
  private static final String LEAST_FREE = "MinHeapFreeRatio";

  private static final String MOST_FREE = "MaxHeapFreeRatio";

  private static final String LEAST_FREE_WHEN_QUIET = "2";
  private static final String MOST_FREE_WHEN_QUIET = "5";

  private static final long QUIET_SECONDS = 1;
  private static final long COLLECTED_SECONDS = 1;
  private static final int TIMES = 3;

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
          giveBackOnceCollected(done, TIMES);
          collect();
        });
  }

  /**
   * Native memory is freed by what the collector has found to be unreachable. And a burst ends
   * slowly: the compilers go on with what is in their queues, and use pages once more.
   */
  private void giveBackOnceCollected(long seen, int times) {
    whenCollected.execute(
        () -> {
          long done = steps.get();
          if (done - settled >= WORTH) {
            giveBackAfter(done);
          } else if (done != seen) {
            // What has just come would need all of it again.
            giveBackOnceCollected(done, times);
          } else {
            giveBack();
            if (times > 1) {
              giveBackOnceCollected(done, times - 1);
            } else {
              awaited.set(false);
            }
          }
        });
  }

  /**
   * Collects what is garbage, and keeps little of the heap that is free then. While there is work,
   * it keeps more: the collector would otherwise go through the whole heap for each megabyte of it.
   * One at a time, or the second would take the first one's bounds for those to go back to.
   */
  private static synchronized void collect() {
    var jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (jvm == null) {
      System.gc();
      return;
    }
    String least = jvm.getVMOption(LEAST_FREE).getValue();
    String most = jvm.getVMOption(MOST_FREE).getValue();
    try {
      // No bound may pass the other one on the way.
      jvm.setVMOption(LEAST_FREE, "0");
      jvm.setVMOption(MOST_FREE, MOST_FREE_WHEN_QUIET);
      jvm.setVMOption(LEAST_FREE, LEAST_FREE_WHEN_QUIET);
      System.gc();
    } finally {
      jvm.setVMOption(LEAST_FREE, "0");
      jvm.setVMOption(MOST_FREE, most);
      jvm.setVMOption(LEAST_FREE, least);
    }
  }

  private static void giveBack() {
    try {
      ResidentMemory.giveBack();
    } catch (IOException | RuntimeException failed) {
      // The next time may do: nothing else is waited for.
      LOG.log(Level.DEBUG, "cannot give memory back", failed);
    }
  }
}
