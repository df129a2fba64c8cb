package io.sandjar.runtime.container.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sandjar.runtime.stream.ByteQueue;
import io.sandjar.runtime.stream.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * One attached client's view of a container's output. A slow client slows the container down, as it
 * would be slowed down by a pipe; a client that takes nothing at all for a while is cut off, so
 * that it can hold up neither the container nor its log.
 */
final class LogTap implements ByteSource {
  private static final int CAPACITY = 1024 * 1024;

  private final ByteQueue queue;
  private final Duration patience;
  private volatile long lastTaken = System.nanoTime();
  private volatile boolean closed;

  LogTap(Duration patience, Runnable roomAgain) {
    this.patience = patience;
    this.queue = new ByteQueue(CAPACITY, roomAgain);
  }

  /** Copies the bytes. */
  void offer(ByteBuffer from, int start, int length) {
    if (!queue.isFull()) {
      lastTaken = System.nanoTime();
    }
    var bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length);
    queue.offer(bytes.writeBytes(from.duplicate().position(start).limit(start + length)));
  }

  boolean isFull() {
    return queue.isFull();
  }

  /** Cuts a client off that has taken nothing for too long. */
  boolean cutOffIfStuck() {
    if (!isFull() || System.nanoTime() - lastTaken < patience.toNanos()) {
      return false;
    }
    queue.fail(
        new IOException(
            "the attached client took none of the container's output for "
                + patience.toSeconds()
                + " s and was cut off, so that the container can go on"));
    close();
    return true;
  }

  void end() {
    queue.end();
  }

  @Override
  public CompletableFuture<ByteBuf> read() {
    lastTaken = System.nanoTime();
    return queue.read();
  }

  /** True once the client is gone. */
  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    queue.close();
  }
}
