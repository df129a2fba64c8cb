package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * Chunks between a producer that must not wait and a reader that may be slow. The producer learns
 * when the queue is full and pauses where its bytes come from.
 */
public final class ByteQueue implements ByteSource {
  private final int capacity;
  private final Runnable roomAgain;
  private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
  private int queued;
  private boolean full;
  private boolean ended;
  private boolean closed;
  private Throwable failure;
  private CompletableFuture<ByteBuf> waiting;

  /**
   * @param capacity how many bytes may wait before the producer is asked to pause
   * @param roomAgain runs on the reader's thread when a full queue has become half empty
   */
  public ByteQueue(int capacity, Runnable roomAgain) {
    this.capacity = capacity;
    this.roomAgain = roomAgain;
  }

  /**
   * Takes the chunk over, also beyond the capacity; after the end it is dropped.
   *
   * @return false if the queue is full now: the producer pauses until there is room again
   */
  public boolean offer(ByteBuf chunk) {
    CompletableFuture<ByteBuf> reader;
    synchronized (this) {
      if (closed || ended || !chunk.isReadable()) {
        chunk.release();
        return true;
      }
      reader = waiting;
      waiting = null;
      if (reader == null) {
        chunks.add(chunk);
        queued += chunk.readableBytes();
        full |= queued >= capacity;
        return !full;
      }
    }
    reader.complete(chunk);
    return true;
  }

  /** No more chunks follow. */
  public void end() {
    finish(null);
  }

  /** No more chunks follow, because something went wrong; the reader learns it after the chunks. */
  public void fail(Throwable cause) {
    finish(cause);
  }

  private void finish(Throwable cause) {
    CompletableFuture<ByteBuf> reader;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      failure = cause;
      reader = waiting;
      waiting = null;
    }
    if (reader != null) {
      answerEnd(reader);
    }
  }

  private void answerEnd(CompletableFuture<ByteBuf> reader) {
    if (failure == null) {
      reader.complete(END);
    } else {
      reader.completeExceptionally(failure);
    }
  }

  public synchronized boolean isFull() {
    return full;
  }

  @Override
  public CompletableFuture<ByteBuf> read() {
    var answer = new CompletableFuture<ByteBuf>();
    boolean tellProducer = false;
    synchronized (this) {
      if (waiting != null) {
        throw new IllegalStateException("a read waits already");
      }
      var chunk = chunks.poll();
      if (chunk != null) {
        queued -= chunk.readableBytes();
        if (full && queued <= capacity / 2) {
          full = false;
          tellProducer = true;
        }
        answer.complete(chunk);
      } else if (ended || closed) {
        answerEnd(answer);
      } else {
        waiting = answer;
      }
    }
    if (tellProducer) {
      roomAgain.run();
    }
    return answer;
  }

  @Override
  public void close() {
    CompletableFuture<ByteBuf> reader;
    boolean tellProducer;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      chunks.forEach(ByteBuf::release);
      chunks.clear();
      queued = 0;
      tellProducer = full;
      full = false;
      reader = waiting;
      waiting = null;
    }
    if (reader != null) {
      reader.complete(END);
    }
    if (tellProducer) {
      roomAgain.run();
    }
  }
}
