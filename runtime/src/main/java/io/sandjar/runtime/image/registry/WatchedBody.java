package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BlockInput;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * An answer's body that cannot hang, which the HTTP client knows no limit for: a read ends when the
 * caller has left, and when nothing came for too long.
 */
final class WatchedBody extends BlockInput {
  private final InputStream body;
  private final Duration limit;
  private final Cancellation cancellation;
  private final Cancellation.Registration registration;

  /** The JDK's own timer thread: nothing to start or stop here. */
  private final Executor later;

  private volatile boolean waiting;
  private volatile boolean moved;
  private volatile boolean stalled;
  private volatile boolean closed;

  WatchedBody(InputStream body, Duration limit, Cancellation cancellation) {
    this.body = body;
    this.limit = limit;
    this.cancellation = cancellation;
    later =
        CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
    registration = cancellation.onCancel(this::end);
    later.execute(this::look);
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    moved = true;
    waiting = true;
    try {
      int count = body.read(buffer, from, length);
      // One that was closed meanwhile looks like one at its end.
      check();
      return count;
    } catch (IOException e) {
      check();
      throw e;
    } finally {
      waiting = false;
    }
  }

  private void check() throws IOException {
    cancellation.check();
    if (stalled) {
      throw new IOException("the server sent nothing for " + limit.toSeconds() + " seconds");
    }
  }

  /** Ends a read that was the same the last time, too. */
  private void look() {
    if (closed || cancellation.isCancelled()) {
      return;
    }
    if (waiting && !moved) {
      stalled = true;
      end();
      return;
    }
    moved = false;
    later.execute(this::look);
  }

  private void end() {
    try {
      body.close();
    } catch (IOException e) {
      // It was to end, and did.
    }
  }

  @Override
  public void close() {
    closed = true;
    registration.close();
    end();
  }
}
