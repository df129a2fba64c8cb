package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Copies a source to a sink, one chunk after the other, and ends the sink with the source. A sink
 * that fails ends the source, so that nobody waits for what nobody takes.
 */
public final class ByteCopy {

  /** Chunks in a row before others on the executor have their turn. */
  private static final int BURST = 16;

  private final ByteSource from;
  private final ByteSink to;
  private final Executor executor;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private volatile boolean reading;
  private volatile long copied;

  private ByteCopy(ByteSource from, ByteSink to, Executor executor) {
    this.from = from;
    this.to = to;
    this.executor = executor;
  }

  /**
   * @param executor runs one task at a time, as an event loop does
   */
  public static ByteCopy start(ByteSource from, ByteSink to, Executor executor) {
    var copy = new ByteCopy(from, to, executor);
    executor.execute(copy::run);
    return copy;
  }

  /**
   * Done when the source has ended and all of it was written; it fails with the side that failed.
   */
  public CompletableFuture<Void> done() {
    return done;
  }

  /** True while the source has nothing to give. */
  public boolean waitsForInput() {
    return reading;
  }

  /** How many bytes have been read so far. */
  public long copied() {
    return copied;
  }

  private void run() {
    for (int i = 0; i < BURST; i++) {
      reading = true;
      var read = from.read();
      if (!read.isDone()) {
        read.whenCompleteAsync(this::afterRead, executor);
        return;
      }
      reading = false;
      var write = read.handle(this::write).join();
      if (!write.isDone()) {
        write.whenCompleteAsync(this::afterWrite, executor);
        return;
      }
      if (done.isDone() || failed(write)) {
        return;
      }
    }
    executor.execute(this::run);
  }

  private void afterRead(ByteBuf chunk, Throwable failure) {
    reading = false;
    write(chunk, failure).whenCompleteAsync(this::afterWrite, executor);
  }

  private void afterWrite(Void written, Throwable failure) {
    if (failure != null) {
      fail(failure);
    } else if (!done.isDone()) {
      run();
    }
  }

  /** Writes the chunk; at the end of the source it ends everything and completes {@link #done}. */
  private CompletableFuture<Void> write(ByteBuf chunk, Throwable failure) {
    if (failure != null || chunk == ByteSource.END) {
      to.close();
      from.close();
      if (failure == null) {
        done.complete(null);
      } else {
        done.completeExceptionally(failure);
      }
      return CompletableFuture.completedFuture(null);
    }
    copied += chunk.readableBytes();
    try {
      return to.write(chunk);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private boolean failed(CompletableFuture<Void> write) {
    if (write.isCompletedExceptionally()) {
      write.exceptionally(
          failure -> {
            fail(failure);
            return null;
          });
      return true;
    }
    return false;
  }

  private void fail(Throwable failure) {
    from.close();
    to.close();
    done.completeExceptionally(failure);
  }
}
