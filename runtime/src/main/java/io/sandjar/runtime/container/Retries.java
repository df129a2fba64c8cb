package io.sandjar.runtime.container;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Does again what failed, after pauses that double: a full disk, say, may have room again, or a
 * descriptor may be free.
 */
final class Retries {
  private static final long FIRST_MILLIS = 100;
  private static final long LAST_MILLIS = 10_000;
  private static final int DOUBLINGS = 7;

  private final Executor workers;

  Retries(Executor workers) {
    this.workers = workers;
  }

  /**
   * @param failures in a row so far, this one not counted
   */
  void later(int failures, Runnable work) {
    long pause = Math.min(FIRST_MILLIS << Math.min(failures, DOUBLINGS), LAST_MILLIS);
    CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS, workers).execute(work);
  }
}
