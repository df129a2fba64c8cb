package io.sandjar.runtime.image.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Ends a transfer that has not moved for a minute; the HTTP client has no such limit. */
final class StallWatch implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Runnable end;
  private volatile boolean moved = true;
  private volatile boolean closed;

  StallWatch(Runnable end) {
    this.end = end;
    arm();
  }

  void moved() {
    if (!moved) {
      moved = true;
    }
  }

  private void arm() {
    // The JDK's own timer thread: nothing to start or stop here.
    CompletableFuture.delayedExecutor(LIMIT.toSeconds(), TimeUnit.SECONDS, Runnable::run)
        .execute(this::look);
  }

  private void look() {
    if (closed) {
      return;
    }
    if (!moved) {
      end.run();
      return;
    }
    moved = false;
    arm();
  }

  @Override
  public void close() {
    closed = true;
  }
}
