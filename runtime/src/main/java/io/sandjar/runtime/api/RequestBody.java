package io.sandjar.runtime.api;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sandjar.runtime.stream.Brake;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** A body between the event loop, which fills it, and a handler's thread, which reads it. */
final class RequestBody extends InputStream {
  /** Beyond this the socket is not read until the handler has caught up. */
  private static final int HIGH_WATER_BYTES = 1024 * 1024;

  private final Brake brake;
  private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
  private final List<Runnable> onDisconnect = new ArrayList<>();
  private int buffered;
  private boolean full;
  private int offset;
  private boolean complete;
  private boolean discarding;
  private boolean disconnected;

  RequestBody(Channel channel) {
    this.brake = Brake.of(channel);
  }

  /** Takes a chunk's bytes; the buffer stays the caller's. */
  synchronized void add(ByteBuf chunk) {
    if (!chunk.isReadable() || discarding) {
      return;
    }
    var bytes = new byte[chunk.readableBytes()];
    chunk.readBytes(bytes);
    chunks.add(bytes);
    buffered += bytes.length;
    if (buffered > HIGH_WATER_BYTES && !full) {
      full = true;
      brake.hold();
    }
    notifyAll();
  }

  synchronized void complete() {
    complete = true;
    notifyAll();
  }

  synchronized boolean isComplete() {
    return complete;
  }

  /** Nobody reads it any more; what is still to come is taken and dropped. */
  synchronized void discard() {
    discarding = true;
    chunks.clear();
    buffered = 0;
    offset = 0;
    hasRoom();
  }

  private void hasRoom() {
    if (full) {
      full = false;
      brake.release();
    }
  }

  void disconnect() {
    List<Runnable> actions;
    synchronized (this) {
      disconnected = true;
      notifyAll();
      actions = List.copyOf(onDisconnect);
      onDisconnect.clear();
    }
    actions.forEach(Runnable::run);
  }

  void onDisconnect(Runnable action) {
    synchronized (this) {
      if (!disconnected) {
        onDisconnect.add(action);
        return;
      }
    }
    action.run();
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) == -1 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] target, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!awaitChunk()) {
      return -1;
    }
    var chunk = chunks.peek();
    int count = Math.min(length, chunk.length - offset);
    System.arraycopy(chunk, offset, target, from, count);
    offset += count;
    buffered -= count;
    if (offset == chunk.length) {
      chunks.remove();
      offset = 0;
    }
    if (buffered <= HIGH_WATER_BYTES / 2) {
      hasRoom();
    }
    return count;
  }

  /** Waits for bytes; false at the body's end. */
  private boolean awaitChunk() throws IOException {
    while (chunks.isEmpty()) {
      if (complete) {
        return false;
      }
      if (disconnected) {
        throw new EOFException("the client left before it had sent the whole body");
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading the request's body");
      }
    }
    return true;
  }
}
