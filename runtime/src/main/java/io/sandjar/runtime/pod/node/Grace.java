package io.sandjar.runtime.pod.node;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How long something that ends is given. Who cannot wait so long shortens it meanwhile. */
final class Grace implements AutoCloseable {
  private final CompletableFuture<Void> cut = new CompletableFuture<>();
  private long end;

  Grace(Duration length) {
    this.end = System.nanoTime() + nanos(length);
  }

  /** A manifest may say "for ever" by the largest number that there is. */
  private static long nanos(Duration length) {
    return Math.min(TimeUnit.NANOSECONDS.convert(length), Long.MAX_VALUE / 2);
  }

  synchronized Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /** From now on it lasts no longer than this. */
  synchronized void shorten(Duration length) {
    long earlier = System.nanoTime() + nanos(length);
    if (earlier - end < 0) {
      end = earlier;
      // Of several the earliest counts.
      cut.completeOnTimeout(null, nanos(length), TimeUnit.NANOSECONDS);
    }
  }

  /** Completes at the end of one that was shortened; never of one that lasts as long as it was. */
  CompletableFuture<Void> cut() {
    return cut;
  }

  /** Waits for that, whatever becomes of it, as long as this lasts. */
  void await(CompletableFuture<?> that) throws InterruptedException {
    try {
      CompletableFuture.anyOf(that, cut).get(left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException over) {
      // It failed, or is given no more time.
    }
  }

  /** Nothing waits for it any more. */
  @Override
  public void close() {
    cut.complete(null);
  }
}
