package io.sandjar.runtime.api;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;

/** A handler's answer on its way out: waits while the client reads slowly. */
final class ResponseStream extends OutputStream {
  private static final int CHUNK_BYTES = 32 * 1024;

  private final Channel channel;
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private int filled;

  ResponseStream(Channel channel) {
    this.channel = channel;
  }

  /** Wakes a writer: the channel takes bytes again, or is gone. */
  synchronized void writabilityChanged() {
    notifyAll();
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, CHUNK_BYTES - filled);
      System.arraycopy(bytes, at, chunk, filled, count);
      filled += count;
      at += count;
      left -= count;
      if (filled == CHUNK_BYTES) {
        send();
      }
    }
  }

  @Override
  public void flush() throws IOException {
    if (filled > 0) {
      send();
    } else if (!channel.isActive()) {
      // Who has nothing to write for long learns here that nobody reads any more.
      throw new EOFException("the client left");
    }
  }

  private void send() throws IOException {
    awaitWritable();
    var bytes = Arrays.copyOf(chunk, filled);
    filled = 0;
    channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
  }

  private synchronized void awaitWritable() throws IOException {
    while (channel.isActive() && !channel.isWritable()) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while writing the answer");
      }
    }
    if (!channel.isActive()) {
      throw new EOFException("the client left");
    }
  }
}
